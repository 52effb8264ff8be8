// A protocol's model names: what may be one, and where they stand: in a field of the request body, as ids in a list of models.
import { objectOf } from './json-fields.ts'
import { outlineOf, replaceField } from './json-outline.ts'
import type { Asked } from './protocol.ts'

const modelField: ReadonlySet<string> = new Set(['model'])

/** Every other byte of the body stays. */
export function modelInBody({ target, body }: Asked, model: string): Asked {
  const outline = outlineOf(body, modelField)
  const span = outline.ok ? outline.fields.get('model') : undefined
  return { target, body: span === undefined ? body : replaceField(body, span, JSON.stringify(model)) }
}

/** As in a node's own list; it goes into logs and records. */
const MODEL_CHARACTERS_MAX = 200

/** Null: it may be a model's name. */
export function modelProblem(model: string): string | null {
  return model.length <= MODEL_CHARACTERS_MAX ? null : `model: a name has at most ${MODEL_CHARACTERS_MAX} characters.`
}

/** `[{"id": "…"}, …]`, as Anthropic and OpenAI list theirs; null: not such a list. */
export function modelIds(list: unknown): readonly string[] | null {
  if (!Array.isArray(list)) return null
  return list.flatMap((entry) => {
    const id = objectOf(entry)?.['id']
    return typeof id === 'string' ? [id] : []
  })
}
