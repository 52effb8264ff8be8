// A fetch for the control client that can reach one loopback port only, past every proxy setting of the environment.
import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** Loopback answers a connect in microseconds or never. */
const CONNECT_TIMEOUT_MS = 2_000
/** For the head of an answer; most procedures write a row or two. */
const HEAD_TIMEOUT_MS = 15_000
/** A test of a node waits for the node: for its connect, its list and its first token, with each of its keys. */
const TEST_HEAD_TIMEOUT_MS = 10 * 60_000
const LOOPBACK = '127.0.0.1'

export type LoopbackFetch = (request: Request) => Promise<Response>

/** The global fetch may carry requests to HTTP_PROXY (NODE_USE_ENV_PROXY), and the token with them. */
export function createLoopbackFetch(port: number): LoopbackFetch {
  return async (request) => {
    const body = Buffer.from(await request.arrayBuffer())
    const headers = Object.fromEntries(request.headers)
    // The daemon refuses a change that is not declared as JSON, also one without a body.
    if (request.method !== 'GET') headers['content-type'] = 'application/json'
    const url = new URL(request.url)
    const answer = await send({ port, path: url.pathname + url.search, request, headers, body })
    return toResponse(answer)
  }
}

type Send = {
  readonly port: number
  readonly path: string
  readonly request: Request
  readonly headers: Record<string, string>
  readonly body: Buffer
}

function send({ port, path, request, headers, body }: Send): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: LOOPBACK,
      port,
      path,
      method: request.method,
      headers: { ...headers, host: `${LOOPBACK}:${port}`, 'content-length': body.length },
      // Its own agent: the global one may have been given a proxy. One request each, so nothing keeps the process alive.
      agent: new Agent({ keepAlive: false }),
      signal: request.signal,
    })
    const connectTimer = setTimeout(() => outgoing.destroy(timeoutError()), CONNECT_TIMEOUT_MS)
    const headTimeoutMs = path.endsWith('/test') ? TEST_HEAD_TIMEOUT_MS : HEAD_TIMEOUT_MS
    const headTimer = setTimeout(() => outgoing.destroy(timeoutError()), headTimeoutMs)
    const clear = () => {
      clearTimeout(connectTimer)
      clearTimeout(headTimer)
    }
    outgoing.on('socket', (socket) => socket.once('connect', () => clearTimeout(connectTimer)))
    outgoing.once('response', (response) => {
      clear()
      resolve(response)
    })
    outgoing.once('error', (error) => {
      clear()
      reject(error)
    })
    outgoing.end(body)
  })
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}

function toResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 500
  const hasNoBody = status === 204 || status === 304
  if (hasNoBody) answer.resume()
  const body = hasNoBody ? null : Readable.toWeb(answer)
  return new Response(body, { status, headers: toHeaders(answer.headers) })
}

function toHeaders(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}
