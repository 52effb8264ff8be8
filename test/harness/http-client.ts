// A client that shows everything it got: status, raw headers, exact bytes, and whether the answer came to its end.
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import { createCondition } from './condition.ts'
import { sha256 } from './recorded-request.ts'

export type RequestOptions = {
  readonly port: number
  /** Default: POST with a body, else GET. */
  readonly method?: string
  /** Default: /v1/messages. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Bytes as they are; an object is sent as JSON. */
  readonly body?: Buffer | string | object
  /** Default: a connection of its own. */
  readonly agent?: Agent
}

export type Answer = {
  /** Null when the connection broke before any head. */
  readonly status: number | null
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  /** As on the wire, transfer coding undone, content coding not. */
  readonly body: Buffer
  readonly bodySha256: string
  readonly text: string
  /** `broken`: the connection ended before the answer did. */
  readonly ended: 'complete' | 'broken'
  /** The system's code of the break: ECONNRESET, ECONNREFUSED. */
  readonly errorCode: string | null
}

export type StreamingAnswer = {
  /** Resolves with the response's head; rejects when the connection breaks before. */
  readonly head: () => Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders }>
  /** Each piece as it arrives; ends with the answer, complete or broken. One reader. */
  readonly chunks: () => AsyncGenerator<Buffer, void>
  /** All body bytes so far. */
  readonly received: () => Buffer
  /** Resolves once the body so far contains the text. */
  readonly contains: (text: string) => Promise<void>
  /** Leaves, as a user who presses Ctrl-C. */
  readonly abort: () => void
  readonly finished: Promise<Answer>
}

/** One request, its whole answer. Never rejects for what the other side does. */
export function request(options: RequestOptions): Promise<Answer> {
  return openStream(options).finished
}

export function openStream(options: RequestOptions): StreamingAnswer {
  const changed = createCondition()
  const chunks: Buffer[] = []
  let response: IncomingMessage | undefined
  let errorCode: string | null = null
  let answer: Answer | undefined
  const finished = Promise.withResolvers<Answer>()

  const finish = (): void => {
    if (answer !== undefined) return
    answer = answerOf(response, Buffer.concat(chunks), errorCode)
    finished.resolve(answer)
    changed.poke()
  }
  const outgoing = send(options)
  outgoing.on('error', (error) => {
    errorCode = codeOf(error)
    if (response === undefined) finish()
  })
  outgoing.on('response', (incoming) => {
    response = incoming
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      changed.poke()
    })
    incoming.on('error', (error) => {
      errorCode = codeOf(error)
    })
    incoming.on('close', finish)
    changed.poke()
  })

  return {
    head: async () => {
      await changed.until(
        () => response ?? answer,
        () => 'the head of an answer',
        ANSWER_LIMIT_MS,
      )
      if (response === undefined) throw new Error(`the connection broke before any head: ${errorCode}`)
      return { status: response.statusCode ?? 0, headers: response.headers }
    },
    chunks: async function* () {
      for (let next = 0; ; next++) {
        const piece = await changed.until(
          () => chunks[next] ?? (answer === undefined ? undefined : 'end'),
          () => 'the next piece of an answer',
          ANSWER_LIMIT_MS,
        )
        if (piece === 'end') return
        yield piece
      }
    },
    received: () => Buffer.concat(chunks),
    contains: async (text) => {
      const found = await changed.until(
        () => Buffer.concat(chunks).includes(text) || (answer === undefined ? undefined : false),
        () => `"${text}" in the answer; so far: ${Buffer.concat(chunks).toString()}`,
      )
      if (!found) throw new Error(`the answer ended without "${text}": ${Buffer.concat(chunks).toString()}`)
    },
    abort: () => outgoing.destroy(),
    finished: finished.promise,
  }
}

/** Longer than any answer a test holds back. */
const ANSWER_LIMIT_MS = 120_000

function send(options: RequestOptions): ClientRequest {
  const body = bytesOf(options.body)
  const outgoing = httpRequest({
    host: '127.0.0.1',
    port: options.port,
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    path: options.path ?? '/v1/messages',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
      ...mutable(options.headers ?? {}),
    },
    agent: options.agent ?? false,
  })
  outgoing.end(body)
  return outgoing
}

function bytesOf(body: RequestOptions['body']): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function mutable(headers: Readonly<Record<string, string | readonly string[]>>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}

function answerOf(response: IncomingMessage | undefined, body: Buffer, errorCode: string | null): Answer {
  return {
    status: response?.statusCode ?? null,
    headers: response?.headers ?? {},
    rawHeaders: response?.rawHeaders ?? [],
    body,
    bodySha256: sha256(body),
    text: body.toString('utf8'),
    ended: response?.complete === true ? 'complete' : 'broken',
    errorCode,
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
