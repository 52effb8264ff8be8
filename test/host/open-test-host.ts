// A host in a data directory of its own, with real storage and the stand-in engine; stopped and removed after the test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createRouterClient, ORPCError } from '@orpc/server'
import { onTestFinished } from 'vitest'
import type { Engine, EngineOptions } from '../../src/engine/engine-door.ts'
import { composeHost } from '../../src/host/compose-host.ts'
import type { Host, HostOptions } from '../../src/host/host.ts'
import { HostError } from '../../src/host/host-error.ts'
import { spokenSchema } from '../../src/shared/text/spoken.ts'
import { type Storage, StorageError, type StorageErrorCode } from '../../src/storage/storage.ts'
import { openOnOneThread } from '../storage/one-thread-storage.ts'
import { createStandInEngine, type StandInEngine } from './stand-in-engine.ts'

export type TestHost = {
  readonly host: Host
  readonly client: ReturnType<typeof clientOf>
  readonly engine: StandInEngine
  readonly storage: FaultyStorage
  readonly directory: string
  readonly logText: () => string
}

/** With `createEngine`, that stands in the place of the stand-in, and `engine` knows nothing of it. */
export async function openTestHost(
  options: Partial<HostOptions> = {},
  storage: FaultyStorage = createFaultyStorage(),
  createEngine?: (options: EngineOptions) => Engine,
): Promise<TestHost> {
  const directory = options.dataDirectory ?? (await temporaryDirectory())
  const engine = createStandInEngine()
  const log = new PassThrough()
  let logText = ''
  log.on('data', (chunk: Buffer) => {
    logText += chunk.toString('utf8')
  })
  const host = await composeHost(
    {
      dataDirectory: directory,
      proxyPort: 0,
      demo: 'off',
      environment: {},
      version: '0.0.0-test',
      logDestination: log,
      controlPort: () => 4781,
      ...options,
    },
    { createEngine: createEngine ?? engine.create, openStorage: storage.open, scryptCost: { N: 1024, r: 1, p: 1 } },
  )
  onTestFinished(() => host.stop().catch(ignoreLostRecords))
  return { host, client: clientOf(host), engine, storage, directory, logText: () => logText }
}

/** The test that lost them has looked at the error itself. */
function ignoreLostRecords(error: unknown): void {
  if (!(error instanceof HostError && error.code === 'records-lost')) throw error
}

export function clientOf(host: Host) {
  return createRouterClient(host.router)
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-host-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export type FaultyStorage = {
  readonly open: (options: { readonly directory: string }) => Promise<Storage>
  /** From now on every call of these methods rejects, before it reaches the database; null ends that. */
  readonly fail: (code: StorageErrorCode | null, methods?: readonly (keyof Storage)[]) => void
  /** What the host works with; throws before it is opened. */
  readonly opened: () => Storage
}

export function createFaultyStorage(): FaultyStorage {
  let failing: { readonly code: StorageErrorCode; readonly methods: readonly (keyof Storage)[] } | null = null
  let opened: Storage | null = null
  return {
    opened: () => {
      if (opened === null) throw new Error('no storage was opened yet')
      return opened
    },
    open: async (options) => {
      // Real SQLite, without the worker threads: they cost half a second of processor time a test, and have tests of their own.
      const real = await openOnOneThread(options.directory)
      opened = real
      return new Proxy(real, {
        get: (target, name, receiver) => {
          if (failing?.methods.some((method) => method === name) === true) {
            const { code } = failing
            return () => Promise.reject(new StorageError(code, `The database is ${code}.`))
          }
          return Reflect.get(target, name, receiver) as unknown
        },
      })
    },
    fail: (code, methods = []) => {
      failing = code === null ? null : { code, methods }
    },
  }
}

/** The error a call or a start rejects with, for tests that look into it. */
export async function rejection(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; status?: number }> {
  const error = await rejected(promise)
  if (!('code' in error)) throw error
  const status = 'status' in error ? { status: Number(error.status) } : {}
  return { code: String(error.code), message: error.message, ...status }
}

/** A refusal of the control plane as other languages get it: by the code of its sentence. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; sentence: string; text: string }> {
  const error = await rejected(promise)
  if (!(error instanceof ORPCError)) throw error
  const spoken = spokenSchema.parse(error.data)
  if (spoken.text !== error.message) throw new Error(`two texts for one refusal: ${spoken.text} | ${error.message}`)
  return { code: String(error.code), sentence: spoken.code, text: spoken.text }
}

async function rejected(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it did not reject')
}
