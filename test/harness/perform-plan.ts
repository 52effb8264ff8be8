// Acts out a plan on a server response.
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { assertNever } from '../../src/shared/assert-never.ts'
import type { Part } from './plan.ts'

export type Wire = {
  readonly response: ServerResponse
  /** Aborts when the client went or the upstream stops: whatever waits, stops waiting. */
  readonly signal: AbortSignal
  readonly onWritten: (bytes: Buffer) => void
  /** Called before this end breaks the connection. */
  readonly onCut: () => void
}

/** Resolves when the plan is done or nobody is there any more. Never rejects. */
export async function performPlan(parts: Iterable<Part> | AsyncIterable<Part>, wire: Wire): Promise<void> {
  for await (const part of parts) {
    if (wire.signal.aborted) return
    await perform(part, wire)
  }
}

async function perform(part: Part, wire: Wire): Promise<void> {
  const { response, signal } = wire
  switch (part.act) {
    case 'head':
      response.writeHead(part.status, mutableHeaders(part.headers))
      response.flushHeaders()
      return
    case 'write':
      await unlessAborted(signal, write(response, part.bytes))
      wire.onWritten(part.bytes)
      // A turn between writes: a reader in this process gets each write as a chunk of its own.
      await nextTurn()
      return
    case 'hold':
      return unlessAborted(signal, part.gate.released)
    case 'delay':
      return delay(part.ms, signal)
    case 'follow':
      return performPlan(part.feed.parts(signal), wire)
    case 'end':
      response.end()
      return
    case 'fin':
      wire.onCut()
      response.socket?.end()
      return
    case 'reset':
      wire.onCut()
      response.socket?.resetAndDestroy()
      return
    default:
      return assertNever(part)
  }
}

function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  // The callback's error (client gone) is not news: `signal` tells it.
  const { promise, resolve } = Promise.withResolvers<void>()
  response.write(bytes, () => resolve())
  return promise
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return unlessAborted(signal, promise).finally(() => clearTimeout(timer))
}

function unlessAborted(signal: AbortSignal, waiting: Promise<void>): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = (): void => resolve()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([waiting, promise]).finally(() => signal.removeEventListener('abort', stop))
}

function mutableHeaders(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}
