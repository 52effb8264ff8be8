// The main thread's end of a storage worker: typed calls over messages, time limits, and a new worker after a death.
import { Worker } from 'node:worker_threads'
import type { Connection, Reply, Request } from './connection.ts'
import { type Storage, StorageError } from './storage.ts'

/** Above the busy timeout and a slow disk's fsync; a call that takes longer is on a disk that hangs. */
const CALL_TIMEOUT_MS = 30_000
/** A migration copies the whole database first; ledgers of some gigabytes take minutes on a slow disk. */
const OPEN_TIMEOUT_MS = 600_000
/** A worker that dies at once, every time, must not become a loop that eats a core. */
const MAX_STARTS_PER_WINDOW = 5
const START_WINDOW_MS = 60_000

export type WorkerClientOptions = {
  readonly workerUrl: URL
  readonly workerData: Readonly<Record<string, unknown>>
  readonly callTimeoutMs?: number
  readonly monotonicMs?: () => number
}

/**
 * Starts its worker at the first call. When the worker dies, everything pending rejects (`failed`) and the next call
 * starts a new one, at most 5 in a minute. A call that timed out (`busy`) may still have been carried out.
 */
export function createWorkerClient<Method extends keyof Storage>(options: WorkerClientOptions): Connection<Method> {
  const callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS
  const admitStart = createStartLimit(options.monotonicMs ?? (() => performance.now()))
  let running: RunningWorker | null = null
  let closing: Promise<void> | null = null

  function request(method: string, args: readonly unknown[], timeoutMs: number): Promise<unknown> {
    if (closing !== null) return Promise.reject(new StorageError('closed', 'The database is closed.'))
    if (running === null || running.hasExited()) {
      if (!admitStart()) {
        const text = `The database worker ended ${MAX_STARTS_PER_WINDOW} times within a minute and is not started again yet; try again in a minute, and restart Switchyard if it goes on.`
        return Promise.reject(new StorageError('failed', text))
      }
      running = startWorker(options)
    }
    return running.request({ method, args, timeoutMs })
  }

  async function close(): Promise<void> {
    if (running === null || running.hasExited()) return
    const worker = running
    try {
      await worker.request({ method: 'close', args: [], timeoutMs: callTimeoutMs })
    } finally {
      worker.terminate()
    }
  }

  return {
    open: async () => {
      await request('open', [], OPEN_TIMEOUT_MS)
    },
    // The one typed bridge: the worker runs the method of that name with these arguments (session.ts), and what comes
    // back was parsed there; a message port has no types of its own.
    call: (method, ...args) => request(method, args, callTimeoutMs) as ReturnType<Storage[typeof method]>,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function createStartLimit(monotonicMs: () => number): () => boolean {
  let startedAtMs: readonly number[] = []
  return () => {
    const nowMs = monotonicMs()
    startedAtMs = startedAtMs.filter((atMs) => nowMs - atMs < START_WINDOW_MS)
    if (startedAtMs.length >= MAX_STARTS_PER_WINDOW) return false
    startedAtMs = [...startedAtMs, nowMs]
    return true
  }
}

type WorkerCall = { readonly method: string; readonly args: readonly unknown[]; readonly timeoutMs: number }

type RunningWorker = {
  readonly request: (call: WorkerCall) => Promise<unknown>
  readonly hasExited: () => boolean
  readonly terminate: () => void
}

type Pending = { readonly resolve: (value: unknown) => void; readonly reject: (error: StorageError) => void }

function startWorker({ workerUrl, workerData }: WorkerClientOptions): RunningWorker {
  const worker = new Worker(workerUrl, { workerData })
  const pending = new Map<number, Pending>()
  let nextId = 1
  let exited = false
  let lastError = 'no error was reported'

  worker.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.id)
    if (waiting === undefined) return
    if (reply.ok) waiting.resolve(reply.value)
    else waiting.reject(new StorageError(reply.code, reply.message))
  })
  // 'exit' follows 'error'; only there everything pending is rejected, so that it happens once.
  worker.on('error', (error) => {
    lastError = error instanceof Error ? error.message : String(error)
  })
  worker.on('exit', () => {
    exited = true
    const text = `The database worker ended unexpectedly (${lastError}); what was being read or written may be missing and can be sent again.`
    for (const waiting of pending.values()) waiting.reject(new StorageError('failed', text))
  })

  function request({ method, args, timeoutMs }: WorkerCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = nextId
      nextId += 1
      const timer = setTimeout(() => {
        const text = `The database did not answer "${method}" within ${timeoutMs / 1000} s; check whether its disk hangs or is overloaded.`
        settle(() => reject(new StorageError('busy', text)))
      }, timeoutMs)
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        pending.delete(id)
        act()
      }
      pending.set(id, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      })
      const message: Request = { id, method, args }
      try {
        worker.postMessage(message)
      } catch (error) {
        // A value that cannot be cloned, such as a function: the caller's mistake, and nothing was sent.
        const text = `The arguments of "${method}" cannot be stored: ${error instanceof Error ? error.message : String(error)}`
        settle(() => reject(new StorageError('failed', text)))
      }
    })
  }

  return {
    request,
    hasExited: () => exited,
    terminate: () => {
      // Not awaited: a thread that hangs in a disk call ends only when the call does, and stopping must not wait for it.
      void worker.terminate().catch(() => undefined)
    },
  }
}
