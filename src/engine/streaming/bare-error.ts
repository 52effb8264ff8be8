// Finds an error that a node writes as plain JSON between the events of a stream: Google does, with no `data:` before it,
// and a parser of events passes over it.

/** Takes the stream's characters as they come; gives the JSON text once it is whole, at most one per stream. */
export type FindBareError = (characters: string) => string | null

/** An API's error is shorter; anything longer is not waited for. */
const ERROR_CHARACTERS_MAX = 64 * 1024

export function createBareErrorFinder(): FindBareError {
  let atLineStart = true
  /** From its brace on; null: none seen yet. */
  let begun: string | null = null
  let over = false
  return (characters) => {
    if (over || characters === '') return null
    if (begun === null) {
      const start = atLineStart && characters.startsWith('{') ? 0 : afterLineEnd(characters)
      atLineStart = characters.endsWith('\n')
      if (start < 0) return null
      begun = characters.slice(start)
    } else {
      begun += characters
    }
    const found = isError(begun) ? begun : null
    over = found !== null || begun.length > ERROR_CHARACTERS_MAX
    return found
  }
}

/** Where a line begins with a brace; -1: nowhere. No line of an event does. */
function afterLineEnd(characters: string): number {
  const at = characters.indexOf('\n{')
  return at < 0 ? -1 : at + 1
}

function isError(text: string): boolean {
  if (!/\}\s*$/.test(text.slice(-8))) return false
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && 'error' in parsed
  } catch {
    return false
  }
}
