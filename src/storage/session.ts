// One connection on the side of the worker: opens it when first asked, runs calls on it, turns errors into replies.
import { z } from 'zod'
import type { Calls, ReadMethod, Reply, Request, WriteMethod } from './connection.ts'
import { createBreakerReads, createBreakerWrites } from './sqlite/breakers.ts'
import { createClientKeyReads, createClientKeyWrites } from './sqlite/client-keys.ts'
import { createLedgerReads, createLedgerWrites } from './sqlite/ledger.ts'
import { createNodeReads, createNodeWrites } from './sqlite/nodes.ts'
import { openReader, openWriter } from './sqlite/open-database.ts'
import { createPoolWrites } from './sqlite/pools.ts'
import { createSecretWrites } from './sqlite/secrets.ts'
import { createSettingReads, createSettingWrites } from './sqlite/settings.ts'
import type { SqliteConnection } from './sqlite/sqlite-connection.ts'
import { toStorageError } from './sqlite/sqlite-error.ts'
import { createVaultReads, createVaultWrites } from './sqlite/vault.ts'
import { StorageError, type StorageErrorCode } from './storage.ts'

export const sessionOptionsSchema = z.strictObject({
  role: z.enum(['writer', 'reader']),
  file: z.string(),
  busyTimeoutMs: z.int().min(0),
})
export type SessionOptions = Readonly<z.infer<typeof sessionOptionsSchema>>

export type Session = {
  /** Never throws. */
  readonly answer: (request: Request) => Reply
  readonly isClosed: () => boolean
}

export function createSession(options: SessionOptions): Session {
  let state: SessionState = { name: 'idle' }

  function run(request: Request): unknown {
    if (request.method === 'close') {
      const before = state
      state = { name: 'closed' }
      if (before.name === 'open') closeConnection(before.connection, options)
      return undefined
    }
    if (state.name === 'closed') throw new StorageError('closed', 'The database is closed.')
    // Opened by the first call and not at start, so that a database that was locked or full then is tried again.
    if (state.name === 'idle') state = openSession(options)
    if (request.method === 'open') return undefined
    const call = state.calls.get(request.method)
    if (call === undefined) throw new StorageError('failed', `The ${options.role} has no call "${request.method}".`)
    return call(request.args)
  }

  return {
    answer: (request) => {
      try {
        return { id: request.id, ok: true, value: run(request) }
      } catch (cause) {
        const error = toStorageError(cause, options.file)
        return { id: request.id, ok: false, code: error.code, message: error.message }
      }
    },
    isClosed: () => state.name === 'closed',
  }
}

type TypedCall = (...args: never[]) => unknown
type AnyCall = (args: readonly unknown[]) => unknown

type OpenSession = {
  readonly name: 'open'
  readonly connection: SqliteConnection
  readonly calls: ReadonlyMap<string, AnyCall>
}
type SessionState = { readonly name: 'idle' } | OpenSession | { readonly name: 'closed' }

function openSession({ role, file, busyTimeoutMs }: SessionOptions): OpenSession {
  const connection = role === 'writer' ? openWriter({ file, busyTimeoutMs }) : openReader({ file, busyTimeoutMs })
  try {
    const calls: Readonly<Record<string, TypedCall>> =
      role === 'writer' ? writerCalls(connection) : readerCalls(connection)
    const byName = Object.entries(calls).map(([name, call]): [string, AnyCall] => [name, untyped(call)])
    return { name: 'open', connection, calls: new Map(byName) }
  } catch (error) {
    // A statement that does not fit the tables: nobody would close the connection, and each new call would open another.
    connection.close()
    throw error
  }
}

/**
 * The far end of the typed bridge: `Connection.call` typed the arguments from the same table `Calls` before they became
 * a message, and TypeScript cannot follow a method and its arguments through one.
 */
function untyped(call: TypedCall): AnyCall {
  return (args): unknown => Reflect.apply(call, undefined, args)
}

function writerCalls(connection: SqliteConnection): Calls<WriteMethod> {
  return {
    ...createNodeWrites(connection),
    ...createPoolWrites(connection),
    ...createSecretWrites(connection),
    ...createVaultWrites(connection),
    ...createClientKeyWrites(connection),
    ...createSettingWrites(connection),
    ...createBreakerWrites(connection),
    ...createLedgerWrites(connection),
  }
}

function readerCalls(connection: SqliteConnection): Calls<ReadMethod> {
  const nodes = createNodeReads(connection)
  const clientKeys = createClientKeyReads(connection)
  return {
    // One transaction: nodes, keys and pools of one moment, whatever the writer commits in between.
    loadRegistry: connection.transaction(() => ({ ...nodes.loadAll(), clientKeys: clientKeys.loadClientKeys() })),
    loadPool: connection.transaction(nodes.loadPool),
    ...createVaultReads(connection),
    ...createSettingReads(connection),
    ...createBreakerReads(connection),
    ...createLedgerReads(connection),
  }
}

function closeConnection(connection: SqliteConnection, { role, file }: SessionOptions): void {
  try {
    if (role === 'writer') tidy(connection, file)
  } finally {
    connection.close()
  }
}

const DATABASE_AWAY: ReadonlySet<StorageErrorCode> = new Set(['busy', 'full', 'read-only'])

/**
 * Without statistics queries are slower, and without a checkpoint the log stays beside the database and is read at the
 * next start: nothing is lost, so a database that is locked or full must not make the stop fail.
 */
function tidy(connection: SqliteConnection, file: string): void {
  try {
    connection.pragma('optimize')
    connection.pragma('wal_checkpoint(TRUNCATE)')
  } catch (cause) {
    if (!DATABASE_AWAY.has(toStorageError(cause, file).code)) throw cause
  }
}
