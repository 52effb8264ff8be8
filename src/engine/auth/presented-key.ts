// The key a client presents, wherever its tool puts it.
import type { IncomingHttpHeaders } from 'node:http'

/** Null: none. The query's `key` is where Gemini clients put it. */
export function presentedKey(headers: IncomingHttpHeaders, pathAndQuery: string): string | null {
  const bearer = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]
  const key = bearer ?? text(headers['x-api-key']) ?? text(headers['x-goog-api-key']) ?? text(headers['api-key'])
  if (key !== undefined) return key.trim()
  const mark = pathAndQuery.indexOf('?')
  if (mark < 0 || !pathAndQuery.includes('key=')) return null
  return new URLSearchParams(pathAndQuery.slice(mark)).get('key')
}

function text(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
