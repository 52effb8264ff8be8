// What of a node's headers the client gets, and what the engine reads of them. Raw headers: name and value in turn.
import { connectionNamed, hopByHop } from './hop-by-hop.ts'

const removed: ReadonlySet<string> = new Set([...hopByHop, 'set-cookie', 'alt-svc', 'strict-transport-security'])

export function clientHeaders(raw: readonly string[]): string[] {
  const named = connectionNamed(raw)
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (!removed.has(lower) && named?.has(lower) !== true) headers.push(name, raw[at + 1] ?? '')
  }
  return headers
}

/** `name` is lower-case; of several fields the last. Null: absent. */
export function headerOf(raw: readonly string[], name: string): string | null {
  for (let at = raw.length - 2; at >= 0; at -= 2) {
    const field = raw[at]
    if (field?.length === name.length && field.toLowerCase() === name) return raw[at + 1] ?? ''
  }
  return null
}

/** By lower-case name; the last of several wins. */
export function headerMap(raw: readonly string[]): Readonly<Record<string, string | undefined>> {
  const entries: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) entries.push([raw[at]?.toLowerCase() ?? '', raw[at + 1] ?? ''])
  return Object.fromEntries(entries)
}
