// A simulated node: a real HTTP server on a loopback port that speaks Anthropic Messages and can be killed and revived.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { newId } from '../ids.ts'
import {
  type SimulatedRequest,
  simulatedError,
  simulatedMessage,
  simulatedModels,
  simulatedStream,
  simulatedUsage,
} from './simulated-answers.ts'

const LOOPBACK = '127.0.0.1'
/** Pace of a stream: fast, and still seen as one. */
const EVENT_INTERVAL_MS = 10
/** While a node is dead another program may get its port for a moment. */
const REVIVE_TRIES = 40
const REVIVE_RETRY_MS = 50
/** Longer than any answer takes; what is open then is an idle connection the proxy keeps. */
const CLOSE_GRACE_MS = 1000

export type SimulatedNode = {
  readonly name: string
  readonly baseUrl: string
  /** Breaks all connections and refuses new ones. */
  readonly kill: () => Promise<void>
  /** Listens again on the same port. Rejects when another program keeps it. */
  readonly revive: () => Promise<void>
  /** Takes no new connections; answers under way end within a second. Idempotent. */
  readonly close: () => Promise<void>
}

export type SimulatedNodeOptions = { readonly name: string; readonly eventIntervalMs?: number }

export async function startSimulatedNode({ name, eventIntervalMs }: SimulatedNodeOptions): Promise<SimulatedNode> {
  const answering: Answering = { name, eventIntervalMs: eventIntervalMs ?? EVENT_INTERVAL_MS }
  let server = createSimulatedServer(answering)
  const port = await listen(server, 0)
  // Kill and revive in the order they were called.
  let last: Promise<void> = Promise.resolve()
  let alive = true
  const inOrder = (act: () => Promise<void>): Promise<void> => {
    last = last.catch(() => undefined).then(act)
    return last
  }

  async function kill(): Promise<void> {
    if (!alive) return
    alive = false
    const closed = closeServer(server)
    server.closeAllConnections()
    await closed
  }

  async function revive(): Promise<void> {
    if (alive) return
    server = createSimulatedServer(answering)
    await listenAgain(server, port)
    alive = true
  }

  async function close(): Promise<void> {
    if (!alive) return
    alive = false
    const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
    await closeServer(server)
    clearTimeout(grace)
  }

  return {
    name,
    baseUrl: `http://${LOOPBACK}:${port}`,
    kill: () => inOrder(kill),
    revive: () => inOrder(revive),
    close: () => inOrder(close),
  }
}

type Answering = { readonly name: string; readonly eventIntervalMs: number }

function createSimulatedServer(answering: Answering): Server {
  return createServer((request, response) => {
    answer({ request, response, ...answering }).catch(() => {
      // The client or the node went away in the middle: there is nobody to tell.
      response.destroy()
    })
  })
}

type Answer = Answering & { readonly request: IncomingMessage; readonly response: ServerResponse }

async function answer(options: Answer): Promise<void> {
  const { name, request, response } = options
  const path = (request.url ?? '').split('?', 1)[0]
  switch (`${request.method} ${path}`) {
    case 'HEAD /':
      response.writeHead(200).end()
      return
    case 'GET /v1/models':
      sendJson(response, 200, simulatedModels())
      return
    case 'POST /v1/messages': {
      const body = await readRequest(request)
      if (body === null) return sendInvalid(response)
      if (body.stream) return sendStream(options, body)
      sendJson(response, 200, simulatedMessage(name, newId('msg'), body))
      return
    }
    case 'POST /v1/messages/count_tokens': {
      const body = await readRequest(request)
      if (body === null) return sendInvalid(response)
      sendJson(response, 200, { input_tokens: simulatedUsage(name, body.bodyBytes).input })
      return
    }
    default:
      sendJson(response, 404, simulatedError('not_found_error', `The simulated node ${name} has no ${path}.`))
  }
}

async function sendStream({ name, eventIntervalMs, response }: Answer, request: SimulatedRequest): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const { event, data } of simulatedStream(name, newId('msg'), request)) {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    await delay(eventIntervalMs, undefined, { signal: gone.signal })
  }
  response.end()
}

const bodySchema = z.object({ model: z.string(), stream: z.boolean().optional() })

/** Null when it is no request for a message. */
async function readRequest(request: IncomingMessage): Promise<SimulatedRequest | null> {
  const body = await text(request)
  const parsed = bodySchema.safeParse(parseJson(body))
  if (!parsed.success) return null
  return { model: parsed.data.model, stream: parsed.data.stream ?? false, bodyBytes: Buffer.byteLength(body) }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function sendInvalid(response: ServerResponse): void {
  sendJson(response, 400, simulatedError('invalid_request_error', 'The body is not a JSON object with a model.'))
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function listenAgain(server: Server, port: number): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await listen(server, port)
      return
    } catch (error) {
      if (tries === REVIVE_TRIES) throw error
      await delay(REVIVE_RETRY_MS)
    }
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the simulated node has no port'))
      else resolve(address.port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
