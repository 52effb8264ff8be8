// What only an OpenAI node can do with a request. The steps of steps.ts speak its protocols too.
import { framesOf, headOf, writes } from './answer-frames.ts'
import { sseBytes } from './anthropic-message.ts'
import type { Part, Step } from './plan.ts'

/** The first `count` events, then `response.failed` with that code and a clean end; not streaming: a Response that failed. */
export function responseFailed(count: number, code: string, message = `scripted ${code}`): Step {
  return {
    kind: `responseFailed ${count} ${code}`,
    plan: (ask) => {
      const response = {
        id: `resp_${ask.name}_${ask.number}`,
        object: 'response',
        status: 'failed',
        model: ask.model,
        error: { code, message },
        output: [],
        usage: null,
      }
      const frames = ask.stream
        ? [...framesOf(ask, {}).slice(0, count), sseBytes({ type: 'response.failed', response })]
        : [Buffer.from(JSON.stringify(response))]
      return [headOf(ask, {}), ...writes(frames), { act: 'end' }]
    },
  }
}

/** The step without what a node adds only when asked (`include_usage`): chat chunks with usage are left out. */
export function withoutUsage(step: Step): Step {
  const isUsage = (part: Part) => part.act === 'write' && part.bytes.includes('"choices":[],"usage"')
  return { kind: `${step.kind}, without usage`, plan: (ask) => step.plan(ask).filter((part) => !isUsage(part)) }
}
