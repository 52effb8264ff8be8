// The typed client of a running daemon, found through its data directory.
import { createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import { ResponseValidationPlugin } from '@orpc/contract/plugins'
import type { JsonifiedClient } from '@orpc/openapi-client'
import { OpenAPILink } from '@orpc/openapi-client/fetch'
import { type DaemonInfo, readControlToken, readDaemonFile } from '../host/daemon-file.ts'
import { type HttpContract, httpContract } from '../shared/contract/session.ts'
import { failure } from './cli-error.ts'
import { createLoopbackFetch } from './loopback-fetch.ts'

export type ControlClient = JsonifiedClient<ContractRouterClient<HttpContract>>

export type Daemon = { readonly client: ControlClient; readonly info: DaemonInfo }

export type FindDaemonOptions = {
  readonly dataDirectory: string
  readonly version: string
  /** How to call this program, for the advice. */
  readonly command: string
  readonly isAlive: (pid: number) => Promise<boolean>
  /** `stop` must work on a daemon of any version. */
  readonly acceptAnyVersion: boolean
}

/** Rejects with NOT_RUNNING, OTHER_VERSION or TOKEN_UNREADABLE. */
export async function findDaemon(options: FindDaemonOptions): Promise<Daemon> {
  const info = await readOrRefuse(() => readDaemonFile(options.dataDirectory))
  // A daemon that was killed leaves its file; what listens on its port by now must not be given the token.
  const port = info === null ? null : controlPort(info)
  if (info === null || port === null || !(await options.isAlive(info.pid))) throw notRunning(options)
  if (!options.acceptAnyVersion && release(info.version) !== release(options.version)) {
    const { version, command } = options
    throw failure('OTHER_VERSION', 'daemon.other-version', { pid: info.pid, running: info.version, version, command })
  }
  const token = await readOrRefuse(() => readControlToken(options.dataDirectory))
  if (token === null) throw notRunning(options)
  return { client: createControlClient(port, token), info }
}

export function createControlClient(port: number, token: string): ControlClient {
  const link = new OpenAPILink(httpContract, {
    url: `http://127.0.0.1:${port}/admin/api`,
    headers: { authorization: `Bearer ${token}` },
    fetch: createLoopbackFetch(port),
    // What the daemon says is parsed here, once; the commands trust it.
    plugins: [new ResponseValidationPlugin(httpContract)],
  })
  return createORPCClient(link)
}

export function notRunning({ dataDirectory, command }: FindDaemonOptions): Error {
  return failure('NOT_RUNNING', 'daemon.not-running', { directory: dataDirectory, command })
}

// Before 1.0 a minor version may change the contract; a patch never does.
function release(version: string): string {
  return version.split('.', 2).join('.')
}

// Only the port is taken: the token never goes to another host, whatever the file says.
function controlPort(info: DaemonInfo): number | null {
  const port = URL.canParse(info.controlUrl) ? Number(new URL(info.controlUrl).port) : 0
  return port === 0 ? null : port
}

async function readOrRefuse<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw failure('TOKEN_UNREADABLE', 'daemon.files-unreadable', { reason })
  }
}
