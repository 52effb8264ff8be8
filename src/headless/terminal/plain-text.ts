// Text of others (models, upstream messages) made safe to print: no control characters, so no escape sequences.

export function plainText(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
}

/** Columns the text takes on a terminal. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** Cut to `width` columns, the last one an ellipsis. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    used += characterWidth(character)
    if (used > width - 1) break
    cut += character
  }
  return width < 1 ? '' : `${cut}…`
}

// East Asian wide and emoji ranges take two columns, combining marks none (Unicode TR11, in short).
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const combining = /\p{Mn}|\u200d|\ufe0f/u

/** A Chinese character or its like. */
export function isWide(character: string): boolean {
  return wide.test(character)
}

function characterWidth(character: string): number {
  if (character >= ' ' && character <= '~') return 1
  if (combining.test(character)) return 0
  return isWide(character) ? 2 : 1
}
