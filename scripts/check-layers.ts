// Holds src to the rings of docs/architecture.md: every import is read, type-only ones included. `npm run check` runs it.
import { existsSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix, resolve } from 'node:path'
import { findCycles } from './checks/find-cycles.ts'
import { listFiles } from './checks/list-files.ts'
import { type Problem, report } from './checks/problem.ts'
import { type Import, readImports } from './checks/read-imports.ts'
import { isRingName, type RingName, rings } from './checks/rings.ts'

/** `root` holds src/. */
export function checkLayers(root: string): readonly Problem[] {
  const problems: Problem[] = []
  const graph = new Map<string, readonly string[]>()
  for (const extension of ['.ts', '.tsx']) {
    for (const file of listFiles(root, 'src', extension)) {
      const { targets, found } = checkFile(root, file)
      graph.set(file, targets)
      problems.push(...found)
    }
  }
  for (const cycle of findCycles(graph)) {
    const message = `imports go in a circle: ${[...cycle, cycle[0]].join(' → ')}. Move what both need into a file of its own.`
    problems.push({ file: cycle[0] ?? 'src', line: 1, message })
  }
  return problems
}

function checkFile(root: string, file: string): { targets: readonly string[]; found: readonly Problem[] } {
  const ring = file.split('/')[1] ?? ''
  if (!isRingName(ring)) {
    const message = `lies in no ring. Move it into one of src/{${Object.keys(rings).join(',')}}/.`
    return { targets: [], found: [{ file, line: 1, message }] }
  }
  const { imports, computed, syntaxErrors } = readImports(file, readFileSync(join(root, file), 'utf8'))
  const found = syntaxErrors.map((error): Problem => ({ file, line: 1, message: `cannot be parsed: ${error}` }))
  for (const line of computed) {
    found.push({ file, line, message: 'imports a computed name, which nothing can check. Write the name out.' })
  }
  const targets: string[] = []
  for (const imported of imports) {
    const target = imported.specifier.startsWith('.') ? posix.join(posix.dirname(file), imported.specifier) : null
    const message =
      target === null ? checkPackage(ring, imported.specifier) : checkRelative(root, { ring, imported, target })
    if (message !== null) found.push({ file, line: imported.line, message })
    if (target !== null) targets.push(target)
  }
  return { targets, found }
}

function checkPackage(ring: RingName, specifier: string): string | null {
  const { packages, node } = rings[ring]
  if (specifier.startsWith('/') || specifier.startsWith('#') || specifier.startsWith('src/')) {
    return `'${specifier}' is not how a file of ours is named. Use a relative path with its .ts ending.`
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `'${specifier}' is a module of Node's. Write 'node:${specifier}'.`
    if (!node) return `${ring} must run without Node, so it may not import '${specifier}'. ${MOVE_UP[ring]}`
    if (specifier === 'node:sqlite' && ring !== 'storage') return `SQL belongs to storage. Ask it through its doors.`
    return null
  }
  const name = packageName(specifier)
  if (packages.includes(name)) return null
  if (name === 'electron') return `'electron' may be imported by main and preload only: the rest runs in plain Node.`
  const may = packages.length === 0 ? 'none' : packages.join(', ')
  return `${ring} may not import the package '${name}' (its packages: ${may}). Move the code to the ring that owns it, or add it in scripts/checks/rings.ts with the reason in docs/architecture.md.`
}

const MOVE_UP: Readonly<Partial<Record<RingName, string>>> = {
  shared: 'Take what it gives as a parameter.',
  renderer: 'Ask the host through the contract.',
  preload: 'Ask the host through the contract.',
}

function checkRelative(
  root: string,
  { ring, imported, target }: { ring: RingName; imported: Import; target: string },
): string | null {
  if (target === 'package.json' && SHELLS.has(ring)) return null
  if (!target.startsWith('src/')) {
    return `'${imported.specifier}' leaves src. What the product needs at run time lives in src, or is read by path from resources.`
  }
  if (!/\.(ts|tsx|json|css)$/.test(target)) {
    return `'${imported.specifier}' has no ending. Node resolves the file as it is written: add .ts.`
  }
  if (!existsSync(join(root, target))) return `'${imported.specifier}' does not exist (${target}).`
  const [, other = '', ...rest] = target.split('/')
  if (!isRingName(other) || other === ring) return null
  if (!rings[ring].rings.includes(other)) {
    const may = rings[ring].rings.length === 0 ? 'no other ring' : rings[ring].rings.join(', ')
    return `${ring} may not import ${other} (it may import: ${may}). Turn the dependency round (a port, an event), or move the shared word to src/shared.`
  }
  const { doors } = rings[other]
  if (doors !== null && !doors.includes(rest.join('/'))) {
    return `'${rest.join('/')}' is no door of ${other} (its doors: ${doors.join(', ')}). Go through a door, or make it one in scripts/checks/rings.ts.`
  }
  return null
}

/** They know their own version; it stands in package.json and nowhere else. */
const SHELLS: ReadonlySet<RingName> = new Set(['main', 'headless'])

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

if (import.meta.main) report('layers', checkLayers(resolve(import.meta.dirname, '..')))
