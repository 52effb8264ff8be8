// The data directory and the private files in it.
import { chmod, lchown, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prepareDataDirectory, writePrivateFile } from '../../src/storage/data-directory.ts'
import { createPrivateFile } from '../../src/storage/private-file.ts'
import { containing } from './containing.ts'
import { runUnprivileged } from './run-unprivileged.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const isRoot = process.getuid?.() === 0

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

test('a missing directory is created 0700 with its parents, and left empty', async () => {
  const path = join(await temporaryDirectory(), 'deep', 'data')
  await prepareDataDirectory(path)
  expect(await modeOf(path)).toBe(0o700)
  expect(await readdir(path)).toEqual([])
})

test('a wider mode of an empty directory or of our own is repaired, and what is inside stays', async () => {
  const path = join(await temporaryDirectory(), 'data')
  await mkdir(path)
  await chmod(path, 0o755)
  await prepareDataDirectory(path)
  expect(await modeOf(path)).toBe(0o700)
  for (const file of ['switchyard.db', 'kept']) await writeFile(join(path, file), 'x')
  await chmod(path, 0o755)
  await prepareDataDirectory(path)
  expect(await modeOf(path)).toBe(0o700)
  expect((await readdir(path)).toSorted()).toEqual(['kept', 'switchyard.db'])
})

test("a directory with other people's things is never closed to them: it is refused and left as it was", async () => {
  const path = join(await temporaryDirectory(), 'project')
  await mkdir(path)
  await writeFile(join(path, 'README.md'), 'x')
  await chmod(path, 0o755)
  await expect(prepareDataDirectory(path)).rejects.toMatchObject({
    code: 'not-private',
    message: containing('holds other files'),
  })
  expect(await modeOf(path)).toBe(0o755)
  expect(await readdir(path)).toEqual(['README.md'])
})

test.runIf(process.platform === 'linux')(
  'a place where nothing can be made is refused, not tried for ever',
  async () => {
    // Node's own recursive mkdir never ends here: /proc answers ENOENT although the parent is there.
    for (const path of ['/proc/switchyard-test', '/proc/switchyard-test/data']) {
      await expect(prepareDataDirectory(path)).rejects.toMatchObject({ code: 'unwritable' })
    }
  },
)

test('a link of our own is followed', async () => {
  const directory = await temporaryDirectory()
  const target = join(directory, 'target')
  await mkdir(target)
  await symlink(target, join(directory, 'link'))
  await prepareDataDirectory(join(directory, 'link'))
  expect(await modeOf(target)).toBe(0o700)
})

test.runIf(isRoot)('a link of another user is refused', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'target'))
  const link = join(directory, 'link')
  await symlink(join(directory, 'target'), link)
  await lchown(link, 65_534, 65_534)
  await expect(prepareDataDirectory(link)).rejects.toMatchObject({
    name: 'DataDirectoryError',
    code: 'foreign-link',
    message: containing(`${link} is a link that belongs to another user`),
  })
})

test('a file, a link that leads nowhere, and a path through a file are not directories', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'file'), 'x')
  await symlink(join(directory, 'nowhere'), join(directory, 'dangling'))
  for (const path of ['file', 'dangling', 'file/data']) {
    await expect(prepareDataDirectory(join(directory, path))).rejects.toMatchObject({
      code: 'not-a-directory',
      message: containing(join(directory, path)),
    })
  }
})

test('a directory that cannot be written, or not be created, says which and what to do', async () => {
  const printed = await runUnprivileged(await temporaryDirectory(), 'prepare-data-directories.ts')
  const errors: unknown = JSON.parse(printed)
  const [existing, missing, root] = Array.isArray(errors) ? errors.map((error: unknown) => error) : []
  expect(existing).toMatchObject({ code: 'unwritable', message: containing('cannot be written (EACCES)') })
  expect(missing).toMatchObject({ code: 'unwritable', message: containing('cannot be created (EACCES)') })
  // "/" is not ours to change, whoever we are.
  expect(root).toMatchObject({ code: 'not-private', message: containing('holds other files') })
})

test('a private file is 0600 and replaces the old one whole', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'config.json')
  await writeFile(path, 'a much longer text that was there before')
  await chmod(path, 0o644)
  await writePrivateFile(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await modeOf(path)).toBe(0o600)
  expect(await readdir(directory)).toEqual(['config.json'])
})

test('a link in place of a private file is replaced, not written through', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'victim'), 'untouched')
  await symlink(join(directory, 'victim'), join(directory, 'config.json'))
  await writePrivateFile(join(directory, 'config.json'), 'new')
  expect(await readFile(join(directory, 'victim'), 'utf8')).toBe('untouched')
})

test('a private file that is to be new never overwrites one, and leaves no temporary file', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'key'), 'old')
  await expect(createPrivateFile(join(directory, 'key'), new Uint8Array(4))).rejects.toMatchObject({ code: 'EEXIST' })
  expect(await readFile(join(directory, 'key'), 'utf8')).toBe('old')
  expect(await readdir(directory)).toEqual(['key'])
})

test('writing where no directory is fails with the code of the system', async () => {
  const path = join(await temporaryDirectory(), 'missing', 'file')
  await expect(writePrivateFile(path, 'x')).rejects.toMatchObject({ code: 'ENOENT' })
})
