// `GET /v1/models` from memory: the models that the client key's nodes list or map and that it may ask for, with a 3 s
// client in mind (client-contract).
import { allowsModel } from '../../shared/model/client-key.ts'
import { replyJson } from '../listener/reply.ts'
import { headOf } from '../listener/request-head.ts'
import { protocolsServing } from '../protocols/protocols.ts'
import { nodesOfRoute } from '../routing/route.ts'
import type { ExchangePlace } from './exchange-place.ts'
import type { ExchangeEnd } from './settle-exchange.ts'

export function listModels({ clientKey, protocol, response, room }: ExchangePlace): ExchangeEnd {
  // Both protocols of OpenAI are asked under one path, and a tool that asks may speak either.
  const asked = new Set(protocolsServing(headOf(response.req)))
  const nodes = nodesOfRoute(clientKey, room.registry).filter(({ node }) => node.enabled && asked.has(node.protocol))
  const names = nodes.flatMap(({ node }) => node.models.concat(node.modelMap.map(({ from }) => from)))
  const models = [...new Set(names.filter((name) => !name.includes('*') && allowsModel(clientKey, name)))].toSorted()
  const body = protocol.modelsBody(models)
  replyJson(response, 200, body)
  return {
    outcome: 'success',
    status: 200,
    errorCode: null,
    attempts: [],
    responseBytes: Buffer.byteLength(body),
    usage: null,
    answeredBy: null,
  }
}
