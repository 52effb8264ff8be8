// What a request says in its body: model and stream, in every protocol but Gemini's.
import { fieldValue, outlineOf } from './json-outline.ts'
import { modelProblem } from './model-field.ts'

export type BodyFacts =
  | {
      readonly ok: true
      readonly model: string
      readonly stream: boolean
      /** Of `wanted`; undefined: not there. */
      readonly field: (name: string) => unknown
    }
  | { readonly ok: false; readonly message: string }

/** `wanted` has model, stream and what else the protocol looks at. */
export function bodyFactsOf(body: Buffer, wanted: ReadonlySet<string>): BodyFacts {
  const outline = outlineOf(body, wanted)
  if (!outline.ok) return { ok: false, message: `The request body cannot be read: ${outline.message}.` }
  const field = (name: string): unknown => fieldValue(body, outline.fields.get(name))
  const model = field('model')
  if (typeof model !== 'string' || model === '') return { ok: false, message: 'model: a model name is required.' }
  const problem = modelProblem(model)
  if (problem !== null) return { ok: false, message: problem }
  const stream = field('stream')
  // A value that is there but does not parse is not the same as none: a node could read it as true.
  if (outline.fields.has('stream') && stream !== null && typeof stream !== 'boolean') {
    return { ok: false, message: 'stream: true or false is expected.' }
  }
  return { ok: true, model, stream: stream === true, field }
}
