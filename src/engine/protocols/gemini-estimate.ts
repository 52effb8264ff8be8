// Tokens of a Gemini request, counted without a node: text by its bytes, a picture as a picture. Searched, not parsed: a
// body of 64 MiB would stop everybody else for seconds.

const BYTES_PER_TOKEN = 3.5
/** Gemini CLI's own guess for a picture; it asks for a count mainly when there is one. */
const TOKENS_PER_MEDIUM = 3000
/** Fewer are counted as the text they could be. */
const MEDIUM_BYTES_MIN = 256

export function estimateGeminiTokens(body: Buffer): number {
  let textBytes = body.length
  let media = countOf(body, '"fileUri"') + countOf(body, '"file_uri"')
  for (let at = body.indexOf(DATA); at >= 0; at = body.indexOf(DATA, at)) {
    const start = body.indexOf(QUOTE, at + DATA.length) + 1
    const end = start === 0 ? -1 : body.indexOf(QUOTE, start)
    at = start === 0 ? body.length : start
    if (end - start < MEDIUM_BYTES_MIN || !isBase64(body.toString('latin1', start, start + MEDIUM_BYTES_MIN))) continue
    textBytes -= end - start
    media++
    at = end
  }
  return Math.max(1, Math.ceil(textBytes / BYTES_PER_TOKEN) + media * TOKENS_PER_MEDIUM)
}

/** The field of `inlineData` that holds a medium. */
const DATA = '"data"'
const QUOTE = '"'

/** Also with `\/`, as some write JSON. Whatever else is called `data` has white space or punctuation in it. */
function isBase64(text: string): boolean {
  return /^[\w+/=\\-]*$/.test(text)
}

function countOf(body: Buffer, text: string): number {
  let count = 0
  for (let at = body.indexOf(text); at >= 0; at = body.indexOf(text, at + text.length)) count++
  return count
}
