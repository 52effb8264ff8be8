// One request on the control port, top to bottom: guard, public paths, token, body, router.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OpenAPIHandler } from '@orpc/openapi/node'
import type { DaemonStatus } from '../shared/contract/contract.ts'
import type { GuardNames } from '../shared/http-guard.ts'
import { controlRefusals, methodRefusedHere, responseHeaders, sendRefusal } from './control-error.ts'
import { changesState, checkControlRequest, isJson } from './control-guard.ts'
import { bearerToken, type ControlTokenCheck } from './control-token-check.ts'
import { readJsonBody } from './read-json-body.ts'
import type { RequestContext } from './session-router.ts'

export const CONTROL_API_PREFIX = '/admin/api'
export const OPENAPI_PATH = '/openapi.json'

export type ControlRoom = {
  readonly names: GuardNames
  readonly hasToken: ControlTokenCheck
  readonly handler: OpenAPIHandler<RequestContext>
  /** What a path of the API takes; empty when nobody serves it. */
  readonly methodsOf: (path: string) => readonly string[]
  readonly openApi: () => Promise<string>
  readonly status: () => Pick<DaemonStatus, 'draining' | 'version' | 'instanceId' | 'pid'>
}
type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse }

export async function answerControlRequest({ request, response }: Exchange, room: ControlRoom): Promise<void> {
  const refusal = checkControlRequest(request, room.names)
  if (refusal !== null) return sendRefusal(response, refusal)

  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  if (path === '/' || path === '/health') return answerPublicly({ request, response }, path, room)
  if (!path.startsWith(`${CONTROL_API_PREFIX}/`)) return sendRefusal(response, controlRefusals.notFound)
  const apiPath = path.slice(CONTROL_API_PREFIX.length)
  const token = bearerToken(request.headers.authorization)
  // Whoever signs in has no token yet; the code is the proof.
  const isSignIn = apiPath === '/session' && request.method === 'POST'
  if (!isSignIn && !room.hasToken(token)) return sendRefusal(response, controlRefusals.unauthorized)

  const methods = room.methodsOf(apiPath)
  if (methods.length === 0) return sendRefusal(response, controlRefusals.notFound)
  if (!methods.includes(request.method ?? '')) return sendRefusal(response, methodRefusedHere(methods))

  for (const [name, value] of Object.entries(responseHeaders)) response.setHeader(name, value)
  if (apiPath === OPENAPI_PATH) return sendText(response, 'application/json', await room.openApi())
  if (!changesState(request)) return route({ request, response }, token, room)
  if (!isJson(request)) return sendRefusal(response, controlRefusals.needsJson)
  const body = await readJsonBody(request, () => {
    if (request.headers.expect !== undefined) response.writeContinue()
  })
  if (!body.ok) return sendRefusal(response, body.refusal)
  // The adapter takes a parsed body from here instead of reading the stream again.
  return route({ request: Object.assign(request, { body: body.value }), response }, token, room)
}

async function route({ request, response }: Exchange, token: string | null, room: ControlRoom): Promise<void> {
  const { matched } = await room.handler.handle(request, response, { prefix: CONTROL_API_PREFIX, context: { token } })
  if (!matched) sendRefusal(response, controlRefusals.notFound)
}

const PUBLIC_METHODS = ['GET', 'HEAD'] as const

function answerPublicly({ request, response }: Exchange, path: '/' | '/health', { status }: ControlRoom): void {
  if (changesState(request)) return sendRefusal(response, methodRefusedHere(PUBLIC_METHODS))
  for (const [name, value] of Object.entries(responseHeaders)) response.setHeader(name, value)
  if (path === '/') return sendText(response, 'text/plain; charset=utf-8', WELCOME)
  // The words of the proxy's /health (engine/exchange/serve-request.ts).
  const { draining, version, instanceId, pid } = status()
  const about = { status: draining ? 'stopping' : 'ok', product: 'switchyard', version, instanceId, pid }
  return sendText(response, 'application/json', JSON.stringify(about))
}

/** For a browser that comes without a link; the pages themselves come with a later version. */
const WELCOME = `This is the control port of Switchyard.

Its pages come with a later version. Until then, the command line does everything:

  switchyard status     what is running
  switchyard open       a one-time link to sign in with
  switchyard --help     all commands

Programs use the API under /admin/api; GET /admin/api/openapi.json describes it.
`

function sendText(response: ServerResponse, contentType: string, text: string): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}
