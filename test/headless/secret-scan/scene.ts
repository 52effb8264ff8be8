// What the run of everything is made with: the built daemon, its command line and its API, and every byte they gave out.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { onTestFinished } from 'vitest'
import { readControlToken } from '../../../src/host/daemon-file.ts'
import { type ControlAnswer, controlApi } from '../../harness/control-api.ts'
import { type Daemon, type SwitchyardOptions, startDaemon, switchyard } from '../../harness/daemon.ts'
import { openStream, request, type StreamingAnswer } from '../../harness/http-client.ts'
import { messagesBody } from '../../harness/messages-body.ts'
import type { CommandResult } from '../../harness/run-command.ts'
import { createSecretScanner, type SecretScanner } from '../../harness/secret-scanner.ts'
import { startCli } from '../cli-harness.ts'

/** What was given out, and the names of the secrets that belong into it: a local key is shown once, to who made it. */
export type Output = { readonly where: string; readonly content: string; readonly shows: readonly string[] }

export type CliOptions = SwitchyardOptions & {
  /** Typed at a terminal, one at each question. */
  readonly typed?: readonly string[]
  readonly shows?: readonly string[]
  /** Runs in this process: the same program without half a second for its start. Always so when something is typed. */
  readonly here?: boolean
  /** Default 0; null: whatever it is. */
  readonly code?: number | null
}

export type SecretScene = {
  readonly scanner: SecretScanner
  readonly outputs: readonly Output[]
  readonly daemon: () => Daemon
  /** Something else that was given out. */
  readonly keep: (where: string, content: string) => void
  /** A new secret that looks different in every encoding. */
  readonly secret: (name: string) => string
  readonly cli: (
    args: readonly string[],
    options?: CliOptions,
  ) => Promise<Pick<CommandResult, 'code' | 'stdout' | 'stderr'>>
  readonly api: (method: string, path: string, body?: object, shows?: readonly string[]) => Promise<ControlAnswer>
  /** A request of a tool, through the proxy. */
  readonly ask: (key: string, options?: { readonly stream?: boolean; readonly path?: string }) => Promise<number | null>
  /** Stops the daemon and starts one on the same directory. */
  readonly restart: (args?: readonly string[]) => Promise<void>
  readonly stop: () => Promise<void>
}

export async function startSecretScene(dataDirectory: string): Promise<SecretScene> {
  const scanner = createSecretScanner()
  const outputs: Output[] = []
  let starts = 0
  let daemon: Daemon
  let events: StreamingAnswer

  const secret = (name: string): string => {
    const value = `${randomBytes(15).toString('base64')}"\\/%+&=${randomBytes(15).toString('base64')}`
    scanner.add(name, value)
    return value
  }

  async function start(args: readonly string[] = []): Promise<void> {
    // The lowest level writes the most.
    daemon = await startDaemon({ dataDirectory, args, env: { DEBUG: 'true' } })
    const token = (await readControlToken(dataDirectory)) ?? ''
    scanner.add(`control token ${++starts}`, token)
    const headers = { authorization: `Bearer ${token}` }
    events = openStream({ port: Number(new URL(daemon.controlUrl).port), path: '/admin/api/events', headers })
    await events.head()
  }

  /** Before the daemon goes: what it has said, and what a look at its process shows. */
  async function collect(): Promise<void> {
    for (const file of ['cmdline', 'environ']) {
      const content = await readFile(`/proc/${daemon.pid}/${file}`, 'latin1').catch(() => '')
      outputs.push({ where: `/proc/PID/${file} of start ${starts}`, content, shows: [] })
    }
  }

  async function ended(): Promise<void> {
    await collect()
    await daemon.stop()
    outputs.push({ where: `events of start ${starts}`, content: events.received().toString(), shows: [] })
    outputs.push({ where: `output of the daemon, start ${starts}`, content: daemon.output(), shows: [] })
  }

  await start()
  onTestFinished(() => daemon.close())
  return {
    scanner,
    outputs,
    daemon: () => daemon,
    keep: (where, content) => outputs.push({ where, content, shows: [] }),
    secret,
    cli: async (args, options = {}) => {
      const result = await runCli(daemon, args, options)
      const where = `switchyard ${args.slice(0, 2).join(' ')}`
      outputs.push({ where, content: `${result.stdout}\n${result.stderr}`, shows: options.shows ?? [] })
      const { code = 0 } = options
      if (code !== null && result.code !== code) {
        throw new Error(`${where} ended with ${result.code} instead of ${code}: ${scrubbed(scanner, result)}`)
      }
      return result
    },
    api: async (method, path, body, shows = []) => {
      const answer = await (await controlApi(daemon)).call(method, path, body)
      const content = `${answer.rawHeaders.join('\n')}\n${answer.text}`
      outputs.push({ where: `${method} ${path}`, content, shows })
      return answer
    },
    ask: async (key, { stream = false, path } = {}) => {
      const headers = { authorization: `Bearer ${key}` }
      const options = { port: daemon.proxyPort, headers, body: messagesBody({ stream }) }
      const answer = await request(path === undefined ? options : { ...options, path })
      // What a node said may come word for word, also to say it back; what Switchyard says itself may not.
      if (answer.text.includes('Switchyard'))
        outputs.push({ where: 'an error of the proxy', content: answer.text, shows: [] })
      return answer.status
    },
    restart: async (args) => {
      await ended()
      await start(args)
    },
    stop: ended,
  }
}

async function runCli(
  daemon: Daemon,
  args: readonly string[],
  options: CliOptions,
): Promise<Pick<CommandResult, 'code' | 'stdout' | 'stderr'>> {
  if (options.typed === undefined && options.here !== true) return switchyard(daemon, args, options)
  const environment = { SWITCHYARD_DATA_DIR: daemon.dataDirectory, ...options.env }
  if (options.typed === undefined) return startCli(args, { input: options.stdin ?? '', environment }).result
  // A terminal that the test plays.
  const answers = options.typed.map((line) => `${line}\r`)
  return startCli(args, { isTerminal: true, answers, environment }).result
}

/** The test's own messages are no place for a secret either. */
function scrubbed(scanner: SecretScanner, { stdout, stderr }: Pick<CommandResult, 'stdout' | 'stderr'>): string {
  return scanner.scan('', stdout + stderr).length > 0 ? '(it printed a secret)' : stdout + stderr
}
