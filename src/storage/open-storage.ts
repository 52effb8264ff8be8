// Opens the database of a data directory: one writer and one reader connection, each on its own worker thread.
import { join } from 'node:path'
import type { Connection, ReadMethod, WriteMethod } from './connection.ts'
import { type Storage, StorageError } from './storage.ts'
import { createWorkerClient } from './worker-client.ts'

export const DATABASE_FILE_NAME = 'switchyard.db'

/** How long SQLite waits for another program's lock before a call is `busy` (policies §9). */
const BUSY_TIMEOUT_MS = 5_000

export type OpenStorageOptions = {
  /** Absolute; prepared by `prepareDataDirectory`. */
  readonly directory: string
  /** Where the worker's code is; by default found beside this file. */
  readonly workerUrl?: URL
  readonly busyTimeoutMs?: number
}

/** Migrates, with a backup first. Rejects with a StorageError: `newer`, `corrupt`, `busy`, `read-only`, `full`, `failed`. */
export async function openStorage(options: OpenStorageOptions): Promise<Storage> {
  const workerUrl = options.workerUrl ?? defaultWorkerUrl()
  const workerData = {
    file: join(options.directory, DATABASE_FILE_NAME),
    busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
  }
  const writer = createWorkerClient<WriteMethod>({ workerUrl, workerData: { ...workerData, role: 'writer' } })
  const reader = createWorkerClient<ReadMethod>({ workerUrl, workerData: { ...workerData, role: 'reader' } })
  const storage = createStorage(writer, reader)
  try {
    // The writer first: it creates and migrates the file that the reader only reads.
    await writer.open()
    await reader.open()
    return storage
  } catch (error) {
    // Why it could not be opened is what the caller must hear, whatever closing says.
    await storage.close().catch(() => undefined)
    throw error
  }
}

/** The storage over any two connections; openStorage gives it workers, tests also run it on one thread. */
export function createStorage(writer: Connection<WriteMethod>, reader: Connection<ReadMethod>): Storage {
  let closing: Promise<void> | null = null

  // Inside async functions, so that what this throws is a rejection.
  const reading = (): Connection<ReadMethod> => {
    assertOpen(closing)
    return reader
  }
  const writing = (): Connection<WriteMethod> => {
    assertOpen(closing)
    return writer
  }

  return {
    loadRegistry: async () => reading().call('loadRegistry'),
    loadPool: async (pool) => reading().call('loadPool', pool),
    insertNode: async (...args) => writing().call('insertNode', ...args),
    updateNode: async (...args) => writing().call('updateNode', ...args),
    removeNode: async (nodeId) => writing().call('removeNode', nodeId),
    insertPool: async (pool) => writing().call('insertPool', pool),
    removePool: async (name) => writing().call('removePool', name),
    saveSecret: async (owner, sealed) => writing().call('saveSecret', owner, sealed),
    loadVaultKeyId: async () => reading().call('loadVaultKeyId'),
    replaceSealed: async (replacement) => writing().call('replaceSealed', replacement),
    insertClientKey: async (key) => writing().call('insertClientKey', key),
    updateClientKey: async (key) => writing().call('updateClientKey', key),
    removeClientKey: async (id) => writing().call('removeClientKey', id),
    loadSettings: async () => reading().call('loadSettings'),
    saveSettings: async (...args) => writing().call('saveSettings', ...args),
    loadBreakers: async () => reading().call('loadBreakers'),
    saveBreakers: async (breakers) => writing().call('saveBreakers', breakers),
    writeLedger: async (batch) => writing().call('writeLedger', batch),
    recentExchanges: async (limit) => reading().call('recentExchanges', limit),
    recentDecisions: async (limit) => reading().call('recentDecisions', limit),
    close: () => {
      closing ??= closeBoth(writer, reader)
      return closing
    },
  }
}

/** The reader first: the last connection to go folds the write-ahead log into the database, and only a writer can. */
async function closeBoth(writer: Connection<WriteMethod>, reader: Connection<ReadMethod>): Promise<void> {
  try {
    await reader.close()
  } finally {
    await writer.close()
  }
}

function assertOpen(closing: Promise<void> | null): void {
  if (closing !== null) throw new StorageError('closed', 'The database is closed because Switchyard is stopping.')
}

/** From source the worker is TypeScript beside this file; the bundler emits it under a name of its own. */
function defaultWorkerUrl(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./worker.ts', import.meta.url)
    : new URL('./storage-worker.js', import.meta.url)
}
