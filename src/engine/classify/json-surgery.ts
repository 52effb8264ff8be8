// Cuts values out of JSON text and leaves every other byte as it was: a parse and a re-write would reorder keys that look
// like numbers and round large ones, and prompt caches and tools depend on what the client wrote.
// All of it expects text that JSON.parse has accepted.

/** From `start` up to, not including, `end`. */
export type Span = { readonly start: number; readonly end: number }
export type Member = Span & { readonly key: string; readonly value: Span }
export type Edit = Span & { readonly text: string }

/** The value of the document, without the white space around it. */
export function rootOf(text: string): Span {
  return { start: skipSpace(text, 0), end: text.trimEnd().length }
}

/** The members of an object; none when the value is something else. */
export function membersOf(text: string, object: Span): readonly Member[] {
  if (text[object.start] !== '{') return []
  const members: Member[] = []
  for (let at = skipSpace(text, object.start + 1); text[at] !== '}'; at = nextItem(text, at)) {
    const start = at
    const keyEnd = endOfString(text, start)
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1)
    at = endOfValue(text, valueStart)
    members.push({ start, end: at, key: stringAt(text, { start, end: keyEnd }), value: { start: valueStart, end: at } })
  }
  return members
}

/** The elements of an array; none when the value is something else. */
export function elementsOf(text: string, array: Span): readonly Span[] {
  if (text[array.start] !== '[') return []
  const elements: Span[] = []
  for (let at = skipSpace(text, array.start + 1); text[at] !== ']'; at = nextItem(text, at)) {
    const start = at
    at = endOfValue(text, start)
    elements.push({ start, end: at })
  }
  return elements
}

/** The value under a key; when it stands there twice the last one, as JSON.parse has it. */
export function lastValue(members: readonly Member[], key: string): Span | null {
  return members.findLast((member) => member.key === key)?.value ?? null
}

/** The text of a string value; empty when the value is something else. */
export function stringAt(text: string, value: Span): string {
  const parsed: unknown = text[value.start] === '"' ? JSON.parse(text.slice(value.start, value.end)) : ''
  return typeof parsed === 'string' ? parsed : ''
}

/** An object or array with only the items that are kept, each as it was written. */
export function withItems(text: string, container: Span, kept: readonly Span[]): Edit {
  const items = kept.map((item) => text.slice(item.start, item.end)).join(',')
  return { ...container, text: `${text[container.start]}${items}${text[container.end - 1]}` }
}

/** The text of `within` (all of it unless given) after the edits, which must lie in it and not overlap. */
export function applyEdits(
  text: string,
  edits: readonly Edit[],
  within: Span = { start: 0, end: text.length },
): string {
  let result = ''
  let at = within.start
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at, within.end)
}

function nextItem(text: string, afterItem: number): number {
  const at = skipSpace(text, afterItem)
  return text[at] === ',' ? skipSpace(text, at + 1) : at
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1
  return at
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start)
  if (text[start] !== '{' && text[start] !== '[') return endOfScalar(text, start)
  // Counted, not recursive: depth is the client's choice and must not be our stack's.
  let depth = 0
  let at = start
  while (at < text.length) {
    const char = text[at]
    at = char === '"' ? endOfString(text, at) : at + 1
    if (char === '{' || char === '[') depth += 1
    else if ((char === '}' || char === ']') && --depth === 0) return at
  }
  return at
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return at + 1
  }
  return text.length
}

function endOfScalar(text: string, start: number): number {
  let at = start
  while (at < text.length && !',]} \t\n\r'.includes(text.charAt(at))) at += 1
  return at
}
