// What a failed socket died of. Socket errors hide behind undici's own and behind one error for several addresses.

export function errorCode(error: Error & { readonly code?: string }): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return codeIn(first) ?? codeIn(error.cause) ?? error.code ?? error.name
}

function codeIn(value: unknown): string | null {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' ? value.code : null
}
