// A node in this process, over real sockets, that does what its script says in the protocol it is asked in, and remembers who asked.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createCondition } from './condition.ts'
import { listenOnFreePort, listenOnPort } from './listen.ts'
import { performPlan } from './perform-plan.ts'
import type { Ask, Step } from './plan.ts'
import { logRequest, type Operation, operationOf, type RecordedRequest, readAsk } from './recorded-request.ts'
import { createStepScripts, type Steps } from './step-scripts.ts'

export type UpstreamOptions = {
  /** Stands in the default answer: "reply from NAME". */
  readonly name?: string
  /** The script for messages. Default: good answers. */
  readonly steps?: Steps
  /** `heads` forgets bodies (their hash stays): for load. */
  readonly keep?: 'everything' | 'heads'
}

export type ScriptedUpstream = {
  readonly name: string
  /** Base URL of the node, without a trailing slash. */
  readonly url: string
  readonly port: number
  /** From the next messages request on; the last step repeats. */
  readonly script: (...steps: Steps) => void
  /** The same for the other operations, which have sensible answers of their own. */
  readonly scriptFor: (operation: Operation, ...steps: Steps) => void
  /** Every request, in the order in which their bodies were complete. */
  readonly requests: readonly RecordedRequest[]
  /** Only those of one operation (default: messages). */
  readonly requestsFor: (operation?: Operation) => readonly RecordedRequest[]
  /** The next messages request that no earlier call has given out; waits for it. */
  readonly nextRequest: () => Promise<RecordedRequest>
  /** Waits until there were `count` requests of the operation (default: messages) and gives them all. */
  readonly requestCount: (count: number, operation?: Operation) => Promise<readonly RecordedRequest[]>
  /** Resolves when the client left before its answer was complete; rejects when the request ended otherwise. */
  readonly clientGone: (request: RecordedRequest) => Promise<void>
  /** Connections accepted so far. */
  readonly connections: () => number
  readonly openConnections: () => number
  /** What the step of a request was told: plannedBytes(step, upstream.askOf(request)). */
  readonly askOf: (request: RecordedRequest) => Ask
  /** Stops listening and resets every connection: whoever connects is refused. Idempotent. */
  readonly kill: () => Promise<void>
  /** Listens again on the same port after a kill. */
  readonly revive: () => Promise<void>
  /** For good. Idempotent. */
  readonly close: () => Promise<void>
}

export async function startScriptedUpstream(options: UpstreamOptions = {}): Promise<ScriptedUpstream> {
  const name = options.name ?? 'upstream'
  const scripts = createStepScripts(options.steps)
  const requests: RecordedRequest[] = []
  const changed = createCondition()
  const sockets = new Map<Socket, { readonly number: number; served: number }>()
  const running = new Set<() => void>()
  let connections = 0

  const requestsFor = (operation: Operation = 'messages'): readonly RecordedRequest[] =>
    requests.filter((request) => request.operation === operation)

  const record = (request: IncomingMessage, body: Buffer): { step: Step; log: ReturnType<typeof logRequest> } => {
    const socket = sockets.get(request.socket) ?? { number: 0, served: 0 }
    const operation = operationOf(request.method ?? '', request.url ?? '')
    const { step, number } = scripts.take(operation)
    const log = logRequest({
      request,
      body,
      keepBody: options.keep !== 'heads',
      operation,
      number,
      connection: socket.number,
      servedBefore: socket.served++,
      step: step.kind,
      onEnd: changed.poke,
    })
    requests.push(log.record)
    changed.poke()
    return { step, log }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined) return // The client left inside its own body: no request.
    const { step, log } = record(request, body)
    const gone = new AbortController()
    const cut = (): void => {
      log.settle('cut')
      gone.abort()
    }
    running.add(cut)
    const closed = (): void => {
      log.settle(response.writableFinished ? 'answered' : 'client-gone')
      gone.abort()
      running.delete(cut)
    }
    if (response.closed) closed()
    else response.on('close', closed)
    await performPlan(step.plan({ name, number: log.record.number, ...readAsk(log.record.target, body) }), {
      response,
      signal: gone.signal,
      onWritten: log.sent,
      onCut: () => log.settle('cut'),
    })
  }

  const newServer = (): Server => {
    const created = createServer((request, response) => {
      // A script with a mistake shows twice: the client is reset, and the test runner sees the unhandled rejection.
      void answer(request, response).catch((error: unknown) => {
        request.socket.resetAndDestroy()
        throw error
      })
    })
    // No timer of the server's own may end an answer that a test holds.
    Object.assign(created, { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    created.on('connection', (socket: Socket) => {
      sockets.set(socket, { number: ++connections, served: 0 })
      socket.on('error', () => {}) // Broken connections are what is tested.
      socket.on('close', () => sockets.delete(socket))
    })
    return created
  }

  let server = newServer()
  const port = await listenOnFreePort(server)

  const kill = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const cut of running) cut()
    for (const socket of sockets.keys()) socket.resetAndDestroy()
    await closed
  }

  let given = 0
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    script: (...steps) => scripts.set('messages', steps),
    scriptFor: (operation, ...steps) => scripts.set(operation, steps),
    requests,
    requestsFor,
    nextRequest: () => {
      const index = given++
      return changed.until(
        () => requestsFor()[index],
        () => `messages request ${index + 1} at ${name}`,
      )
    },
    requestCount: (count, operation = 'messages') =>
      changed.until(
        () => (requestsFor(operation).length >= count ? requestsFor(operation) : undefined),
        () => `${count} ${operation} requests at ${name}; there were ${requestsFor(operation).length}`,
      ),
    clientGone: async (request) => {
      const end = await changed.until(
        () => request.end() ?? undefined,
        () => `the client of "${request.step}" to leave ${name}`,
      )
      if (end !== 'client-gone') throw new Error(`expected the client to leave ${name}, but its request was ${end}`)
    },
    connections: () => connections,
    openConnections: () => sockets.size,
    askOf: (request) => ({ name, number: request.number, ...readAsk(request.target, request.body) }),
    kill,
    revive: () => {
      server = newServer()
      return listenOnPort(server, port)
    },
    close: kill,
  }
}
