// `GET /v1/models` from memory: the models that the pool's nodes list or map, with a 3 s client in mind (client-contract).
import { replyJson } from '../listener/reply.ts'
import type { ExchangePlace } from './exchange-place.ts'
import type { ExchangeEnd } from './settle-exchange.ts'

export function listModels({ clientKey, protocol, response, room }: ExchangePlace): ExchangeEnd {
  const nodes = room.registry
    .nodesOf(clientKey.pool)
    .filter(({ node }) => node.enabled && node.protocol === protocol.id)
  const names = nodes.flatMap(({ node }) => node.models.concat(node.modelMap.map(({ from }) => from)))
  const models = [...new Set(names.filter((name) => !name.includes('*')))].toSorted()
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
