// Where Gemini's model stands: in the path, `/v1beta/models/{model}:{method}`.
import { splitTarget } from '../upstream/target.ts'

export type GeminiPath = {
  /** "v1beta"; "v1" is the stable one, "v1alpha" what SDKs ask for previews. */
  readonly version: string
  /** "gemini-3-pro", "tunedModels/my-model"; null: not a name. */
  readonly model: string | null
  /** "streamGenerateContent". */
  readonly method: string
}

/** Up to the last colon, for relays sell "x:free"; some HTTP clients escape that colon. */
const pathPattern = /^\/(v1(?:beta|alpha)?)\/((?:models|tunedModels)\/.+)(?::|%3[Aa])([A-Za-z]+)$/

/** `path` without its query; null: not a model with a method. */
export function geminiPath(path: string): GeminiPath | null {
  const [, version, resource, method] = pathPattern.exec(path) ?? []
  if (version === undefined || resource === undefined || method === undefined) return null
  return { version, model: modelOf(resource), method }
}

/** The same request for another model; version, method and query stay byte for byte. */
export function targetWithModel(target: string, model: string): string {
  const { path, query } = splitTarget(target)
  const asked = geminiPath(path)
  return asked === null ? target : `/${asked.version}/${resourceOf(model)}:${asked.method}${query}`
}

/** "models/gemini-3-pro", escaped as a path needs it. A slash in a name is left alone: relays read `vendor/model` as two segments. */
export function resourceOf(model: string): string {
  const name = withoutModels(model)
  const resource = name.startsWith('tunedModels/') ? name : `models/${name}`
  return resource
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%3A', ':').replaceAll('%40', '@'))
    .join('/')
}

/** Google's own lists and many clients write "models/x" for x. */
export function withoutModels(name: string): string {
  return name.replace(/^(?:models\/)+/, '')
}

/** What no model is called, and a node that decodes twice or reads paths its own way could take for another path than we did. */
const noName = /[\p{Cc}%?#\\]|(?:^|\/)\.\.?(?:;[^/]*)?(?:\/|$)/u

function modelOf(resource: string): string | null {
  try {
    const model = withoutModels(decodeURIComponent(resource))
    return model === '' || noName.test(model) ? null : model
  } catch {
    return null
  }
}
