// The files of the project that checks look at: everything but what is installed, built or measured.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const SKIPPED = new Set(['node_modules', 'out', 'coverage', '.git', '.clients', 'fixtures'])

/** Paths relative to `root`, with forward slashes, sorted. A folder that does not exist has no files. */
export function listFiles(root: string, folder: string, extension: string): readonly string[] {
  const start = join(root, folder)
  if (!existsSync(start)) return []
  const found: string[] = []
  for (const entry of readdirSync(start, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...listFiles(root, path, extension))
    else if (entry.isFile() && entry.name.endsWith(extension)) found.push(path)
  }
  return found.toSorted()
}
