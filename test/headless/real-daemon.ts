// `serve` in this process, with the real host, and commands that call it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCondition } from '../harness/condition.ts'
import { type CliResult, type CliWorld, startCli } from './cli-harness.ts'

/** A loaded machine takes seconds for a start. */
const START_LIMIT_MS = 20_000

export type RealDaemon = {
  readonly dataDirectory: string
  readonly run: (args: readonly string[], world?: CliWorld) => Promise<CliResult>
  /** The same in Chinese. */
  readonly runChinese: (args: readonly string[], world?: CliWorld) => Promise<CliResult>
  /** Of a command with --json that must go well. */
  readonly json: (args: readonly string[], world?: CliWorld) => Promise<unknown>
  readonly stop: () => Promise<CliResult>
}

export async function startRealDaemon(environment: Readonly<Record<string, string>> = {}): Promise<RealDaemon> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'switchyard-real-'))
  const place = { SWITCHYARD_DATA_DIR: dataDirectory }
  const printed = createCondition()
  const serving = startCli(['serve', '--port', '0', '--control-port', '0', '--json'], {
    environment: { ...environment, ...place },
    onOutput: printed.poke,
  })
  const ready = () => (serving.stdout().includes('"ready"') ? true : undefined)
  const failed = serving.result.then(({ stderr }) => {
    throw new Error(`serve ended: ${stderr}`)
  })
  await Promise.race([printed.until(ready, () => 'serve to be ready', START_LIMIT_MS), failed])
  // Its end is looked at in stop().
  failed.catch(() => undefined)
  const run: RealDaemon['run'] = (args, world = {}) =>
    startCli(args, { ...world, environment: { ...place, ...world.environment } }).result
  return {
    dataDirectory,
    run,
    runChinese: (args, world = {}) =>
      run(args, { ...world, environment: { LANG: 'zh_CN.UTF-8', ...world.environment } }),
    json: async (args, world = {}) => {
      const { code, stdout, stderr } = await run([...args, '--json'], world)
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
      const result: unknown = JSON.parse(stdout)
      return result
    },
    stop: async () => {
      serving.sendStopSignal()
      const result = await serving.result
      await rm(dataDirectory, { recursive: true, force: true })
      return result
    },
  }
}
