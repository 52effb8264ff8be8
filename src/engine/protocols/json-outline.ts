// Finds the top-level fields of a JSON object in its bytes without parsing the rest: a body of 50 kB costs microseconds,
// and every byte of it can be sent on unchanged. Strings are skipped with the native indexOf, which is where the bytes are.

/** Where the value of a top-level field lies: `bytes.subarray(start, end)` is its JSON text. */
export type FieldSpan = { readonly start: number; readonly end: number }
export type Outline =
  | { readonly ok: true; readonly fields: ReadonlyMap<string, FieldSpan> }
  | { readonly ok: false; readonly message: string }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a
/** Deeper nesting is refused: no tool sends it, and a node's parser would choke on it. */
const DEPTH_MAX = 512

/** `wanted` fields only; one of them twice is refused, for two parsers could read it differently. */
export function outlineOf(bytes: Buffer, wanted: ReadonlySet<string>): Outline {
  const fields = new Map<string, FieldSpan>()
  let at = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)
  if (bytes[at] !== OPEN_BRACE) return bad(bytes.length === 0 ? 'it is empty' : 'it is not a JSON object')
  at = skipSpace(bytes, at + 1)
  if (bytes[at] === CLOSE_BRACE) return afterEnd(bytes, at, fields)
  for (;;) {
    if (bytes[at] !== QUOTE) return bad(`a field name is expected at byte ${at}`)
    const nameEnd = endOfString(bytes, at)
    if (nameEnd < 0) return bad('it ends inside a string')
    const name = fieldName(bytes, at, nameEnd)
    at = skipSpace(bytes, nameEnd)
    if (bytes[at] !== COLON) return bad(`a colon is expected at byte ${at}`)
    const start = skipSpace(bytes, at + 1)
    const end = endOfValue(bytes, start)
    if (end <= start)
      return bad(end === TOO_DEEP ? 'it is nested too deeply' : `the value at byte ${start} is not complete`)
    if (wanted.has(name)) {
      if (fields.has(name)) return bad(`the field ${name} is there twice`)
      fields.set(name, { start, end })
    }
    at = skipSpace(bytes, end)
    if (bytes[at] === CLOSE_BRACE) return afterEnd(bytes, at, fields)
    if (bytes[at] !== COMMA) return bad(`a comma is expected at byte ${at}`)
    at = skipSpace(bytes, at + 1)
  }
}

/** The parsed value of a span; undefined when the field is absent or its text is not JSON after all. */
export function fieldValue(bytes: Buffer, span: FieldSpan | undefined): unknown {
  if (span === undefined) return undefined
  try {
    return JSON.parse(bytes.toString('utf8', span.start, span.end))
  } catch {
    return undefined
  }
}

/** The same bytes with one field's value replaced; nothing else moves. */
export function replaceField(bytes: Buffer, span: FieldSpan, json: string): Buffer {
  return Buffer.concat([bytes.subarray(0, span.start), Buffer.from(json), bytes.subarray(span.end)])
}

function bad(message: string): Outline {
  return { ok: false, message }
}

function afterEnd(bytes: Buffer, at: number, fields: ReadonlyMap<string, FieldSpan>): Outline {
  const rest = skipSpace(bytes, at + 1)
  return rest >= bytes.length ? { ok: true, fields } : bad(`there is more after the object, at byte ${rest}`)
}

function fieldName(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start + 1, end - 1)
  if (!raw.includes('\\')) return raw
  const name = fieldValue(bytes, { start, end })
  return typeof name === 'string' ? name : raw
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
  }
  return at
}

/** Index after the closing quote; -1 when there is none. */
function endOfString(bytes: Buffer, openQuote: number): number {
  let quote = bytes.indexOf(QUOTE, openQuote + 1)
  while (quote >= 0) {
    let slashes = 0
    while (bytes[quote - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote + 1
    quote = bytes.indexOf(QUOTE, quote + 1)
  }
  return -1
}

const TOO_DEEP = -2
const scalar = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
/** No number that means anything has more digits. */
const SCALAR_BYTES_MAX = 400

/** Index after the value; negative when it is not complete. */
function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start]
  if (first === QUOTE) return endOfString(bytes, start)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(bytes, start)
  let at = start
  for (; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === COMMA || byte === CLOSE_BRACE || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
      break
  }
  return at - start <= SCALAR_BYTES_MAX && scalar.test(bytes.toString('latin1', start, at)) ? at : -1
}

function endOfNested(bytes: Buffer, start: number): number {
  const closers: number[] = []
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = endOfString(bytes, at)
      if (at < 0) return -1
      continue
    }
    if (byte === OPEN_BRACE) closers.push(CLOSE_BRACE)
    else if (byte === OPEN_BRACKET) closers.push(CLOSE_BRACKET)
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (closers.pop() !== byte) return -1
      if (closers.length === 0) return at + 1
    }
    if (closers.length > DEPTH_MAX) return TOO_DEEP
    at++
  }
  return -1
}
