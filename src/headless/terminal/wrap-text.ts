// Breaks text into lines: at spaces, and in Chinese between any two characters that may stand apart.
import { displayWidth, isWide } from './plain-text.ts'

/** Every line fits `width`; what fits no line by itself is cut into pieces. Line ends of the text stay. */
export function wrapText(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, width))
}

function wrapLine(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const { gap, word } of piecesOf(text)) {
    const longer = line === '' ? word : line + gap + word
    if (displayWidth(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    const parts = cut(word, width)
    lines.push(...parts.slice(0, -1))
    line = parts.at(-1) ?? ''
  }
  return [...lines, line]
}

/** What no line end may come into, with the spaces before it. */
type Piece = { readonly gap: string; readonly word: string }

function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let gap = ''
  for (const token of tokensOf(text)) {
    if (token.trim() === '') {
      gap = token
      continue
    }
    const last = pieces.at(-1)
    // Closing marks begin no line, opening ones end none (the "kinsoku" rules of CJK typesetting).
    if (last !== undefined && gap === '' && (closing.test(token) || opening.test(last.word))) {
      pieces[pieces.length - 1] = { gap: last.gap, word: last.word + token }
    } else {
      pieces.push({ gap, word: token })
    }
    gap = ''
  }
  return pieces
}

/** Runs of spaces, single wide characters, runs of all others. */
function tokensOf(text: string): readonly string[] {
  const tokens: string[] = []
  for (const character of text) {
    const kind = kindOf(character)
    const last = tokens.at(-1)
    if (last !== undefined && kind !== 'wide' && kindOf(last) === kind) tokens[tokens.length - 1] = last + character
    else tokens.push(character)
  }
  return tokens
}

function kindOf(token: string): 'space' | 'wide' | 'other' {
  if (token.startsWith(' ')) return 'space'
  return isWide(token) ? 'wide' : 'other'
}

const closing = /^[，。、；：？！）」』】》〉…—”’)\],.;:!?]/
const opening = /[（「『【《〈“‘([]$/

function cut(word: string, width: number): readonly string[] {
  const pieces: string[] = []
  let piece = ''
  for (const character of word) {
    if (piece !== '' && displayWidth(piece + character) > width) {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece]
}
