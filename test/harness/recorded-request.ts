// A request as an upstream saw it, and how it ended.
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import type { Ask } from './plan.ts'

/** `messages`: whatever makes a model answer, in every protocol. */
export type Operation = 'messages' | 'count_tokens' | 'models' | 'head' | 'other'
/** `cut`: this upstream broke it off, by its script or because it was killed. */
export type RequestEnd = 'answered' | 'client-gone' | 'cut'

export type RecordedRequest = {
  readonly operation: Operation
  /** 1 for the first request of this operation. */
  readonly number: number
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** Names and values in turn, in order and case as sent. */
  readonly rawHeaders: readonly string[]
  /** All values of a header, joined with ", "; null when absent. */
  readonly header: (name: string) => string | null
  /** Empty when the upstream keeps heads only; the hash is always of the whole body. */
  readonly body: Buffer
  readonly bodySha256: string
  /** Parsed from the body; null when it is not JSON. */
  readonly json: unknown
  /** 1 for the upstream's first connection. */
  readonly connection: number
  /** Requests this connection had carried before. */
  readonly servedBefore: number
  /** What it was answered with. */
  readonly step: string
  /** Null while the answer runs. */
  readonly end: () => RequestEnd | null
  readonly ended: Promise<RequestEnd>
  /** Body bytes written so far. */
  readonly sentBytes: () => number
  readonly sentSha256: () => string
}

/** The upstream's own handle on a record. */
export type RequestLog = {
  readonly record: RecordedRequest
  /** The first end counts. */
  readonly settle: (end: RequestEnd) => void
  readonly sent: (bytes: Buffer) => void
}

export type Arrival = {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly keepBody: boolean
  readonly operation: Operation
  readonly number: number
  readonly connection: number
  readonly servedBefore: number
  readonly step: string
  readonly onEnd: () => void
}

export function logRequest(arrival: Arrival): RequestLog {
  const { request, body } = arrival
  // Not the request itself, which would keep its socket alive for as long as the record.
  const headers = request.headersDistinct
  const { promise: ended, resolve } = Promise.withResolvers<RequestEnd>()
  const sentHash = createHash('sha256')
  let sentBytes = 0
  let end: RequestEnd | null = null
  return {
    record: {
      operation: arrival.operation,
      number: arrival.number,
      method: request.method ?? '',
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
      header: (name) => headers[name.toLowerCase()]?.join(', ') ?? null,
      body: arrival.keepBody ? body : Buffer.alloc(0),
      bodySha256: sha256(body),
      json: arrival.keepBody ? parseJson(body) : null,
      connection: arrival.connection,
      servedBefore: arrival.servedBefore,
      step: arrival.step,
      end: () => end,
      ended,
      sentBytes: () => sentBytes,
      sentSha256: () => sentHash.copy().digest('hex'),
    },
    settle: (how) => {
      if (end !== null) return
      end = how
      resolve(how)
      arrival.onEnd()
    },
    sent: (bytes) => {
      sentBytes += bytes.length
      sentHash.update(bytes)
    },
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export function operationOf(method: string, target: string): Operation {
  const path = target.split('?')[0] ?? ''
  if (method === 'HEAD') return 'head'
  if (method === 'POST' && generating.some(([end]) => path.endsWith(end))) return 'messages'
  if (method === 'POST' && /\/messages\/count_tokens$|:countTokens$/.test(path)) return 'count_tokens'
  if (method === 'GET' && path.endsWith('/models')) return 'models'
  return 'other'
}

/** What the answer depends on, read from the request's target and body. */
export function readAsk(target: string, body: Buffer): Pick<Ask, 'model' | 'stream' | 'protocol'> {
  const path = target.split('?')[0] ?? ''
  const protocol = generating.find(([end]) => path.endsWith(end))?.[1] ?? 'anthropic'
  if (protocol === 'gemini') {
    const model = /\/models\/([^/:]+):/.exec(path)?.[1] ?? 'no-model'
    return { protocol, model, stream: path.endsWith(':streamGenerateContent') }
  }
  const json = parseJson(body)
  const fields = typeof json === 'object' && json !== null ? json : {}
  const model = 'model' in fields && typeof fields.model === 'string' ? fields.model : 'no-model'
  return { protocol, model, stream: 'stream' in fields && fields.stream === true }
}

/** How the paths end by which a model is made to answer, and whose they are. */
const generating: readonly (readonly [string, Protocol])[] = [
  ['/messages', 'anthropic'],
  ['/responses', 'openai-responses'],
  ['/chat/completions', 'openai-chat'],
  [':generateContent', 'gemini'],
  [':streamGenerateContent', 'gemini'],
]

/** Null when it is not JSON. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
