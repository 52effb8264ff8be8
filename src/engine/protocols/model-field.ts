// Where a protocol's model names stand: one field of the request body, ids in a list of models.
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

/** `[{"id": "…"}, …]`, as Anthropic and OpenAI list theirs; null: not such a list. */
export function modelIds(list: unknown): readonly string[] | null {
  if (!Array.isArray(list)) return null
  return list.flatMap((entry) => {
    const id = objectOf(entry)?.['id']
    return typeof id === 'string' ? [id] : []
  })
}
