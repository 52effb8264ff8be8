// `npm run check`: all that can be said about the code without running it. `npm run check -- lint docs` runs a part.
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

/** In the order in which a mistake is cheapest to hear about. */
const parts: Readonly<Record<string, readonly (readonly string[])[]>> = {
  format: [['biome', 'check', '--error-on-warnings']],
  layers: [['node', 'scripts/check-layers.ts']],
  docs: [['node', 'scripts/check-docs.ts']],
  types: [
    ['tsc', '-p', 'tsconfig.json'],
    ['tsc', '-p', 'tsconfig.shared.json'],
  ],
  lint: [['oxlint', '--type-aware', '--deny-warnings']],
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) {
  console.error(`check: there is no part '${unknown.join("', '")}' (there are: ${Object.keys(parts).join(', ')})`)
  process.exit(2)
}

// All of them run, whatever the first ones say: one run shows everything there is to mend.
const failed = Object.entries(parts)
  .filter(([name]) => wanted.length === 0 || wanted.includes(name))
  .filter(([name, commands]) => !runPart(name, commands))
  .map(([name]) => name)
if (failed.length > 0) {
  const hint = failed.includes('format') ? ' (npm run format mends the format)' : ''
  console.error(`check: failed: ${failed.join(', ')}${hint}`)
  process.exitCode = 1
}

function runPart(name: string, commands: readonly (readonly string[])[]): boolean {
  const startedMs = performance.now()
  const good = commands.map(([command = '', ...args]) => runCommand(command, args)).every(Boolean)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  return good
}

function runCommand(command: string, args: readonly string[]): boolean {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  const { error, status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })
  if (error !== undefined) console.error(`${command}: ${error.message}`)
  return status === 0
}
