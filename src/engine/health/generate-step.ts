// The step `generate` of a node's test: one streamed token. Its first content is the success; the rest is not waited for.
import type { Node } from '../../shared/model/node.ts'
import type { NodeTestStep } from '../../shared/model/node-test.ts'
import { speak } from '../../shared/text/speak.ts'
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { readErrorFacts } from '../classify/error-facts.ts'
import { sentModelOf } from '../nodes/model-mapping.ts'
import type { OpenKey } from '../ports.ts'
import type { ProtocolModule } from '../protocols/protocol.ts'
import { type Answered, askContent } from './ask-node.ts'
import { type Said, sayEnd } from './say-answer.ts'
import { type TestPlace, testRequest } from './test-place.ts'

export type GenerateOptions = {
  readonly key: OpenKey | null
  readonly prefix: string
  /** As it is sent. */
  readonly model: string
  readonly models: readonly string[]
}

export async function generateStep(place: TestPlace, options: GenerateOptions): Promise<NodeTestStep> {
  const { clock } = place.room
  const { key, prefix, model, models } = options
  const startedMs = clock.monotonicMs()
  const request = place.protocol.test.oneToken(model)
  const answer = await askContent(place, testRequest(place, key, request))
  const totalMs = clock.monotonicMs() - startedMs
  if (answer.kind === 'content') {
    const said = speak('node-test-content', { key: prefix, model, milliseconds: Math.round(answer.afterMs) })
    return { step: 'generate', result: 'ok', status: answer.status, totalMs, said }
  }
  const path = request.target.split('?', 1)[0] ?? request.target
  const asked = { place, step: 'generate', key: prefix, keyless: key === null, model, models, path } as const
  const said: Said =
    answer.kind === 'answered'
      ? sayEnd(endOf(answer, place.protocol), answer.status, asked)
      : sayEnd(answer, statusOf(answer), asked)
  return { step: 'generate', totalMs, ...said }
}

/** The name to ask for. Null: nobody knows one. */
export function modelToAsk(node: Node, asked: string | null, listed: readonly string[]): string | null {
  // Who names a model that the node's own list leaves out wants to know what the node says of it.
  if (asked !== null) return sentModelOf(node, asked) ?? asked
  const mapped = node.modelMap[0]?.to
  return mapped ?? node.models.find((model) => !model.includes('*')) ?? listed[0] ?? null
}

/** A whole answer where a stream was asked for. */
function endOf({ status, headers, body }: Answered, protocol: ProtocolModule): AttemptEnd {
  const text = body.toString('utf8', 0, 64 * 1024)
  if (status > 299) return { kind: 'status', status, headers, body: text }
  const bad = (problem: 'html' | 'empty' | 'malformed'): AttemptEnd => ({
    kind: 'bad-answer',
    problem,
    committed: false,
  })
  if (body.length === 0) return bad('empty')
  if (readErrorFacts(text, headers['content-type']).html) return bad('html')
  const whole = protocol.readWhole(body)
  return whole.kind === 'error' ? { ...whole, kind: 'error-in-answer', body: text, committed: false } : bad('malformed')
}

/** A stream that was no good began with 200. */
function statusOf(end: AttemptEnd): number | null {
  return end.kind === 'bad-answer' || end.kind === 'error-in-answer' ? 200 : null
}
