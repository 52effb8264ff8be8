// The files of the vault: `vault.key` (the data key itself) or `vault.json` (the data key, wrapped), and while a rotation
// is under way a second one beside it. Private, whole or not there, and never written over while they may be needed.
import type { FileHandle } from 'node:fs/promises'
import { constants, open } from 'node:fs/promises'
import { join } from 'node:path'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import { errorCode } from '../error-code.ts'
import {
  createPrivateFile,
  noFollow,
  PRIVATE_FILE_MODE,
  removePrivateFile,
  renamePrivateFile,
  writePrivateFile,
} from '../private-file.ts'
import { KEY_BYTES } from './aes-gcm.ts'
import { parseVaultDocument, type VaultDocument } from './vault-document.ts'
import { VaultError } from './vault-error.ts'

/** The disk as the vault uses it; tests break it in the middle. Every function is atomic and on the disk when it resolves. */
export type VaultDisk = {
  /** Rejects with `code` EEXIST when it is there. */
  readonly create: (path: string, content: Uint8Array) => Promise<void>
  readonly replace: (path: string, text: string) => Promise<void>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly remove: (path: string) => Promise<void>
}

export const realDisk: VaultDisk = {
  create: createPrivateFile,
  replace: writePrivateFile,
  rename: renamePrivateFile,
  remove: removePrivateFile,
}

export type Found<Value> =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'unusable'; readonly why: Spoken }

export type VaultContent = {
  readonly key: Found<Uint8Array>
  readonly json: Found<VaultDocument>
  /** Of a rotation that did not end. */
  readonly nextKey: Found<Uint8Array>
  readonly nextJson: Found<VaultDocument>
}
export type VaultFile = keyof VaultContent

export const vaultFileNames: Readonly<Record<VaultFile, string>> = {
  key: 'vault.key',
  json: 'vault.json',
  nextKey: 'vault.key.next',
  nextJson: 'vault.json.next',
}

/** Everything that writes rejects with a VaultError `file-unusable`. */
export type VaultFiles = {
  readonly path: (file: VaultFile) => string
  /** Repairs modes that let others read. What cannot be used is data, not an error. */
  readonly read: () => Promise<VaultContent>
  /** Refused when there is one. */
  readonly createKey: (file: 'key' | 'nextKey', bytes: Uint8Array) => Promise<void>
  readonly createJson: (file: 'json' | 'nextJson', document: VaultDocument) => Promise<void>
  readonly replaceJson: (document: VaultDocument) => Promise<void>
  /** The second file takes the place of the first. */
  readonly promote: (file: 'nextKey' | 'nextJson') => Promise<void>
  readonly remove: (file: VaultFile) => Promise<void>
  /** For what may still be needed by somebody: it gets another name beside it. */
  readonly setAside: (file: VaultFile) => Promise<void>
}

export function createVaultFiles(directory: string, disk: VaultDisk = realDisk): VaultFiles {
  const path = (file: VaultFile): string => join(directory, vaultFileNames[file])
  const printed = (document: VaultDocument): string => `${JSON.stringify(document, null, 2)}\n`
  return {
    path,
    read: async () => ({
      key: await readKey(path('key')),
      json: await readDocument(path('json')),
      nextKey: await readKey(path('nextKey')),
      nextJson: await readDocument(path('nextJson')),
    }),
    createKey: (file, bytes) => explained(path(file), () => disk.create(path(file), bytes)),
    createJson: (file, document) =>
      explained(path(file), () => disk.create(path(file), Buffer.from(printed(document), 'utf8'))),
    replaceJson: (document) => explained(path('json'), () => disk.replace(path('json'), printed(document))),
    promote: (file) => {
      const to = path(file === 'nextKey' ? 'key' : 'json')
      return explained(to, () => disk.rename(path(file), to))
    },
    remove: (file) => explained(path(file), () => disk.remove(path(file))),
    setAside: (file) => {
      const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
      return explained(path(file), () => disk.rename(path(file), `${path(file)}.aside-${time}`))
    },
  }
}

async function explained(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    throw new VaultError('file-unusable', speak('vault-file-unwritable', { path, reason: errorCode(cause) }))
  }
}

async function readKey(path: string): Promise<Found<Uint8Array>> {
  const content = await readPrivate(path)
  if (content.kind !== 'found' || content.value.length === KEY_BYTES) return content
  const parameters = { path, bytes: content.value.length, expected: KEY_BYTES }
  return { kind: 'unusable', why: speak('vault-key-wrong-length', parameters) }
}

async function readDocument(path: string): Promise<Found<VaultDocument>> {
  const content = await readPrivate(path)
  if (content.kind !== 'found') return content
  const parsed = parseVaultDocument(content.value.toString('utf8'))
  if (parsed.ok) return { kind: 'found', value: parsed.document }
  return {
    kind: 'unusable',
    why: speak(parsed.why === 'newer' ? 'vault-file-newer' : 'vault-file-damaged', { path }),
  }
}

async function readPrivate(path: string): Promise<Found<Buffer>> {
  try {
    // Without O_NONBLOCK a pipe somebody put there would hold the start until somebody writes to it.
    const nonBlocking = process.platform === 'win32' ? 0 : constants.O_NONBLOCK
    const file = await open(path, constants.O_RDONLY | noFollow() | nonBlocking)
    try {
      return await readWhole(path, file)
    } finally {
      await file.close()
    }
  } catch (cause) {
    const reason = errorCode(cause)
    return reason === 'ENOENT'
      ? { kind: 'none' }
      : { kind: 'unusable', why: speak('vault-file-unreadable', { path, reason }) }
  }
}

/** Some times what the largest of these files has: what is longer is something else, and is not read into memory. */
const FILE_BYTES_MAX = 64 * 1024

async function readWhole(path: string, file: FileHandle): Promise<Found<Buffer>> {
  const found = await file.stat()
  if (!found.isFile()) return { kind: 'unusable', why: speak('vault-file-unreadable', { path, reason: 'no file' }) }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) await file.chmod(PRIVATE_FILE_MODE)
  const room = Buffer.alloc(FILE_BYTES_MAX)
  const { bytesRead } = await file.read(room, 0, FILE_BYTES_MAX, 0)
  // A copy in memory of its own, so that overwriting it leaves no other.
  const value = Buffer.alloc(bytesRead)
  room.copy(value, 0, 0, bytesRead)
  room.fill(0)
  return { kind: 'found', value }
}

/** Does the key file hold this key? */
export function isKey({ key }: Pick<VaultContent, 'key'>, { bytes }: { readonly bytes: Uint8Array }): boolean {
  return key.kind === 'found' && Buffer.compare(key.value, bytes) === 0
}
