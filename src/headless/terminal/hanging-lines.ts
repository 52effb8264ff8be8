// A label and a text beside it, wrapped under itself.
import { displayWidth, plainText, truncate } from './plain-text.ts'
import { wrapText } from './wrap-text.ts'

export type HangingStyle = { readonly labelWidth: number; readonly width: number; readonly indent?: string }

/** Every line fits `width`, but for a text beside a label that leaves it less than 20 columns. */
export function hangingLines(label: string, text: string, style: HangingStyle): readonly string[] {
  const indent = style.indent ?? ''
  const left = truncate(plainText(label), style.labelWidth)
  const firstLine = indent + left + ' '.repeat(Math.max(0, style.labelWidth - displayWidth(left)) + 2)
  const otherLines = ' '.repeat(displayWidth(firstLine))
  const pieces = wrapText(plainText(text), Math.max(20, style.width - otherLines.length))
  return pieces.map((piece, index) => ((index === 0 ? firstLine : otherLines) + piece).trimEnd())
}

/** Labels in a column as wide as the widest, their texts beside them. */
export function labelledLines(
  labelled: readonly (readonly [label: string, text: string])[],
  { width }: { readonly width: number },
): readonly string[] {
  const labelWidth = Math.max(...labelled.map(([label]) => displayWidth(label)))
  return labelled.flatMap(([label, text]) => hangingLines(label, text, { labelWidth, width, indent: '  ' }))
}
