// Reading fields of parsed JSON whose shape nobody promised.

export function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  // The one place where a parsed JSON object gets its type: every field of it is still unknown.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** A number of tokens; null: none. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** Undefined when it is not JSON. */
export function parseJson(body: Buffer | string): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
