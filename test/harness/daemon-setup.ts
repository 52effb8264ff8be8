// What nearly every test does with a fresh daemon, through its command line; a refusal is an error here.
import { z } from 'zod'
import { type DaemonStatus, statusSchema } from '../../src/shared/contract/contract.ts'
import { type ExchangeRecord, exchangeRecordSchema } from '../../src/shared/model/exchange.ts'
import type { AuthForm } from '../../src/shared/model/node.ts'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { type Daemon, type DaemonOptions, startDaemon, switchyard } from './daemon.ts'
import type { CommandResult } from './run-command.ts'

export type NodeToAdd = {
  readonly name: string
  /** The base URL, as the protocol's SDK takes it. */
  readonly url: string
  /** Default: anthropic. */
  readonly protocol?: Protocol
  /** Default: as the daemon chooses. */
  readonly auth?: AuthForm | undefined
}

export type DaemonWithNodes = { readonly daemon: Daemon; readonly key: string }

/** A daemon with one node per upstream, priority 1 for the first, and a client key. Close the daemon yourself. */
export async function startDaemonWithNodes(
  upstreams: readonly NodeToAdd[],
  options: DaemonOptions = {},
): Promise<DaemonWithNodes> {
  const daemon = await startDaemon(options)
  try {
    for (const [index, upstream] of upstreams.entries()) await addNode(daemon, upstream, index + 1)
    return { daemon, key: await createKey(daemon, 'laptop') }
  } catch (error) {
    await daemon.close()
    throw error
  }
}

export async function addNode(daemon: Daemon, node: NodeToAdd, priority: number): Promise<void> {
  const { name, url, protocol, auth } = node
  const args = ['--name', name, '--url', url, '--priority', String(priority), '--key-stdin', '--json']
  if (protocol !== undefined) args.push('--protocol', protocol)
  if (auth !== undefined) args.push('--auth', auth)
  await expectDone(daemon, ['node', 'add', ...args], nodeSecret(name))
}

/** The credential of a node in these tests: a test can look for it where it must not be, and where it must. */
export function nodeSecret(name: string): string {
  return `node-secret-of-${name}-0123456789`
}

/** The local key. */
export async function createKey(daemon: Daemon, name: string): Promise<string> {
  const json = await expectDone(daemon, ['key', 'create', '--name', name, '--json'])
  return z.looseObject({ key: z.string().startsWith('sy-') }).parse(json).key
}

export async function readStatus(daemon: Daemon): Promise<DaemonStatus> {
  return statusSchema.parse(await expectDone(daemon, ['status', '--json']))
}

/** The records of the last exchanges, oldest first, once there are `count` of them: they are written in groups, a moment later. */
export async function readExchanges(daemon: Daemon, count: number): Promise<readonly ExchangeRecord[]> {
  for (let look = 0; look < RECORD_LOOKS; look++) {
    const lines = (await expectOutput(daemon, ['tail', '--once', '--recent', '1000', '--json'])).stdout.split('\n')
    const records = lines.filter((line) => line !== '').map((line) => settledSchema.parse(JSON.parse(line)).exchange)
    if (records.length >= count) return records
  }
  throw new Error(`the daemon does not show ${count} exchanges\ndaemon:\n${daemon.output()}`)
}

/** Each look takes longer than a group of records waits. */
const RECORD_LOOKS = 20
const settledSchema = z.looseObject({ type: z.literal('exchangeSettled'), exchange: exchangeRecordSchema })

async function expectDone(daemon: Daemon, args: readonly string[], stdin = ''): Promise<unknown> {
  return (await expectOutput(daemon, args, stdin)).json
}

async function expectOutput(daemon: Daemon, args: readonly string[], stdin = ''): Promise<CommandResult> {
  const result = await switchyard(daemon, args, { stdin })
  if (result.code === 0) return result
  const command = `switchyard ${args.join(' ')}`
  throw new Error(`${command} ended with ${result.code}: ${result.stderr}${result.stdout}\ndaemon:\n${daemon.output()}`)
}
