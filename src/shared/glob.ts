// Patterns of model names, as nodes and client keys write them.

/** `*` stands for any run of characters; everything else for itself. Linear, so that a long pattern cannot stall the loop. */
export function globMatches(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  if (parts.length === 1) return pattern === text
  const last = parts.at(-1) ?? ''
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let at = first.length
  const limit = text.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > limit) return false
    at = found + part.length
  }
  return true
}
