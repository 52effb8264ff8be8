// What an error body says about itself: type, code and message of every shape that nodes and relays use. Nothing else of the
// body is read, for the rest may be the request's own text sent back.
import type { Redact } from '../../shared/redact.ts'
import { parseDurationMs } from './retry-after.ts'

/** Empty strings where the body says nothing. */
export type ErrorFacts = {
  readonly type: string
  readonly code: string
  /** One line, without long quotations. */
  readonly message: string
  /** RetryInfo of Google. */
  readonly retryDelayMs: number | null
  readonly html: boolean
}

/** `redact` comes before anything is cut: half a key would be known to nobody any more. */
export function readErrorFacts(body: string, contentType = '', redact: Redact = asItIs): ErrorFacts {
  const parsed = parseJson(body)
  if (parsed === undefined && looksLikeHtml(body, contentType)) {
    const title = /<title[^>]{0,200}>([^<]{1,200})/i.exec(body)?.[1] ?? ''
    return { ...tidy({ ...NOTHING, message: title }, redact), html: true }
  }
  return tidy(parsed === undefined ? factsOfText(body, 0) : factsOf(parsed, 0), redact)
}

type FoundError = { readonly errorType: string; readonly message: string; readonly body: string }

/** The same for an error inside a 200 answer, whose type and message the protocol has found already; code and RetryInfo are in its body. */
export function errorFactsOf({ errorType, message, body }: FoundError, redact: Redact = asItIs): ErrorFacts {
  const { type, code: word, retryDelayMs } = factsOf(parseJson(body), 0)
  // OpenAI's protocols take the code for the type, for it says more: then the type is what is left to know.
  const code = word === errorType ? type : word
  return tidy(over(factsOfText(message, 0), { ...NOTHING, type: errorType, code, retryDelayMs }), redact)
}

/** For who only looks for a rule and shows nothing. */
function asItIs(text: string): string {
  return text
}

type RawFacts = Omit<ErrorFacts, 'html'>

const NOTHING: RawFacts = { type: '', code: '', message: '', retryDelayMs: null }
/** Relays wrap relays: three levels were seen; more is somebody's game. */
const DEPTH_MAX = 5

function factsOf(value: unknown, depth: number): RawFacts {
  if (depth > DEPTH_MAX) return NOTHING
  if (typeof value === 'string') return factsOfText(value, depth)
  // Google streams wrap the error in an array; FastAPI lists one entry for each bad field.
  if (Array.isArray(value)) return factsOf(value[0], depth + 1)
  if (!isRecord(value)) return NOTHING
  const message = firstText(value, messageFields)
  const own: RawFacts = {
    // The outer `type: "error"` of Anthropic's envelope says nothing.
    type: firstText(value, typeFields).replace(/^error$/i, ''),
    code: firstText(value, codeFields),
    message: '',
    retryDelayMs: retryDelayOf(value.details),
  }
  const said = over(factsOfText(message, depth + 1), own)
  return nestedFields.reduce((facts, field) => over(nested(value, field, depth), facts), said)
}

/** In the order of trust, where one object has several. */
const messageFields = ['message', 'msg', 'error_msg', 'Message', 'error_description', 'status_msg', 'title']
const typeFields = ['type', '__type', 'status']
const codeFields = ['code', 'error_code', 'reason']
/** The innermost error is the one that happened; `raw` is OpenRouter's, a JSON text. */
const nestedFields = ['errors', 'detail', 'base_resp', 'metadata', 'raw', 'error', 'upstream_error']

function nested(value: Readonly<Record<string, unknown>>, field: string, depth: number): RawFacts {
  const inner = value[field]
  // `{"error": "invalid_api_key", "message": "…"}`: a word is a type, a sentence a message.
  if (typeof inner === 'string' && /^[\w.-]{1,60}$/.test(inner)) return { ...NOTHING, type: inner }
  return factsOf(inner, depth + 1)
}

/** A message that carries the JSON of another error ("AnthropicException - {…}") is that error. */
function factsOfText(text: string, depth: number): RawFacts {
  const start = text.indexOf('{')
  const inner = start === -1 ? undefined : parseJson(text.slice(start, text.lastIndexOf('}') + 1))
  const facts = inner === undefined ? NOTHING : factsOf(inner, depth + 1)
  return facts.message === '' && facts.type === '' ? { ...NOTHING, message: text } : facts
}

function over(inner: RawFacts, outer: RawFacts): RawFacts {
  return {
    type: inner.type || outer.type,
    code: inner.code || outer.code,
    message: inner.message || outer.message,
    retryDelayMs: inner.retryDelayMs ?? outer.retryDelayMs,
  }
}

function retryDelayOf(details: unknown): number | null {
  if (!Array.isArray(details)) return null
  for (const detail of details) {
    const delayMs = isRecord(detail) ? parseDurationMs(detail.retryDelay) : null
    if (delayMs !== null) return delayMs
  }
  return null
}

function firstText(value: Readonly<Record<string, unknown>>, fields: readonly string[]): string {
  for (const field of fields) {
    const found = value[field]
    if (typeof found === 'string' && found !== '') return found
    // Numbers are codes ("1113"); as a message or a type they would only be the HTTP status once more.
    if (typeof found === 'number' && fields === codeFields) return String(found)
  }
  return ''
}

function tidy(facts: RawFacts, redact: Redact): ErrorFacts {
  return {
    type: redact(facts.type).slice(0, WORD_MAX_CHARS),
    code: redact(facts.code).slice(0, WORD_MAX_CHARS),
    message: withoutEchoes(redact(facts.message)),
    retryDelayMs: facts.retryDelayMs,
    html: false,
  }
}

const WORD_MAX_CHARS = 100
const MESSAGE_MAX_CHARS = 1000

/** A long quotation is the request's text, not the node's words: neither rules nor records may see it. */
function withoutEchoes(message: string): string {
  return message
    .slice(0, MESSAGE_MAX_CHARS)
    .replace(/"[^"]{81,}(?:"|$)|“[^”]{81,}(?:”|$)|`[^`]{81,}(?:`|$)|(?<=^|[\s(=:[,])'[^']{81,}(?:'|$)/g, '"…"')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

function looksLikeHtml(body: string, contentType: string): boolean {
  return /^\s*text\/html\b/i.test(contentType) || /^\s*<(?:!doctype\s+html|html|head|body|center|title)\b/i.test(body)
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
