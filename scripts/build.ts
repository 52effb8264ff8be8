// Builds out/main. With --if-changed only when the sources differ from what the last build was made of.
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const target = join(root, 'out/main')
const stampFile = join(target, '.sources')

const sources = hashSources()
const unchanged = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sources
if (!(process.argv.includes('--if-changed') && unchanged)) {
  try {
    await build()
  } catch (error) {
    // The message names the file and the line; the stack is the bundler's own and says nothing.
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

async function build(): Promise<void> {
  const startedMs = performance.now()
  // Loaded only here: it costs more than all the rest of a run that has nothing to build.
  const { build: viteBuild } = await import('vite')
  // Built beside and moved into place: a failed or a second build never leaves half an application behind.
  const fresh = join(root, `out/.building-${process.pid}`)
  const old = join(root, `out/.old-${process.pid}`)
  try {
    await viteBuild({ root, logLevel: 'warn', build: { outDir: fresh } })
    writeFileSync(join(fresh, '.sources'), sources)
    mkdirSync(join(root, 'out'), { recursive: true })
    if (existsSync(target)) renameSync(target, old)
    renameSync(fresh, target)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
  console.error(`built out/main in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
}

/** Contents, not times: a checkout or a copy sets times as it likes. */
function hashSources(): string {
  const hash = createHash('sha256')
  const files = globSync(['src/**/*', 'vite.config.ts', 'package-lock.json', 'scripts/build.ts'], {
    cwd: root,
    withFileTypes: true,
  })
  for (const path of files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .toSorted()) {
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(readFileSync(path))
      .update('\0')
  }
  return hash.digest('hex')
}
