// A label and a text beside it, wrapped under itself.
import { displayWidth, plainText, truncate } from './plain-text.ts'

export type HangingStyle = { readonly labelWidth: number; readonly width: number; readonly indent?: string }

/** Every line fits `width`; the text breaks at spaces, a longer word is cut into pieces. */
export function hangingLines(label: string, text: string, style: HangingStyle): readonly string[] {
  const indent = style.indent ?? ''
  const left = truncate(plainText(label), style.labelWidth)
  const firstLine = indent + left + ' '.repeat(Math.max(0, style.labelWidth - displayWidth(left)) + 2)
  const otherLines = ' '.repeat(displayWidth(firstLine))
  const pieces = wrapText(plainText(text), Math.max(20, style.width - otherLines.length))
  return pieces.map((piece, index) => ((index === 0 ? firstLine : otherLines) + piece).trimEnd())
}

export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((long) => cutWord(long, width))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (displayWidth(longer) <= width) {
      line = longer
    } else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

function cutWord(word: string, width: number): readonly string[] {
  const pieces: string[] = []
  let piece = ''
  for (const character of word) {
    if (displayWidth(piece + character) > width) {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece]
}
