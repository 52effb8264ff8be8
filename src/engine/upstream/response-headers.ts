// What of a node's headers the client gets, and what the engine reads of them.
import { hopByHop } from './hop-by-hop.ts'

const removed: ReadonlySet<string> = new Set([
  ...hopByHop,
  'set-cookie',
  'alt-svc',
  'strict-transport-security',
])

/** Name and value in turn, bytes kept (latin1). */
export function clientHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1') ?? ''
    if (!removed.has(name.toLowerCase())) headers.push(name, raw[at + 1]?.toString('latin1') ?? '')
  }
  return headers
}

/** By lower-case name; the last of several wins. */
export function headerMap(raw: readonly Buffer[]): Readonly<Record<string, string | undefined>> {
  const entries: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    entries.push([raw[at]?.toString('latin1').toLowerCase() ?? '', raw[at + 1]?.toString('latin1') ?? ''])
  }
  return Object.fromEntries(entries)
}
