// An aligned plain table that fits the width it is given.
import type { Colour, Paint } from './colour.ts'
import { displayWidth, plainText, truncate } from './plain-text.ts'

export type Column = {
  readonly header: string
  readonly align?: 'left' | 'right'
  /** A column that may be cut gives up width down to this; one without it keeps its width. */
  readonly shrinkTo?: number
}
/** `suffix` stays when `text` is cut: a mark that must not get lost. */
export type Cell = string | { readonly text: string; readonly suffix?: string; readonly colour?: Colour }

export type TableStyle = { readonly width: number; readonly paint: Paint; readonly indent?: string }

const GAP = '  '

/** Lines without a newline at their end; columns that are empty in every row are left out. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: TableStyle,
): readonly string[] {
  const used = columns.map((_, index) => rows.some((row) => cellWidth(row[index] ?? '') > 0))
  const kept = columns.filter((_, index) => used[index])
  const keptRows = rows.map((row) => columns.map((_, index) => row[index] ?? '').filter((_, index) => used[index]))
  const indent = style.indent ?? ''
  const widths = fitWidths(kept, keptRows, style.width - indent.length)
  const header = kept.map((column) => column.header)
  const lines = header.some((text) => text !== '')
    ? [
        formatRow(
          kept,
          header.map((text) => ({ text, colour: 'faint' as const })),
          { widths, paint: style.paint },
        ),
      ]
    : []
  for (const row of keptRows) lines.push(formatRow(kept, row, { widths, paint: style.paint }))
  return lines.map((line) => indent + line)
}

function fitWidths(columns: readonly Column[], rows: readonly (readonly Cell[])[], total: number): readonly number[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.header), ...rows.map((row) => cellWidth(row[index] ?? ''))),
  )
  const available = total - GAP.length * (columns.length - 1)
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, 0) - available
    if (excess <= 0) return widths
    // The widest column that can shrink gives way first, one column at a time: the result is even.
    let widest = -1
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0
      if (column.shrinkTo === undefined || width <= column.shrinkTo) continue
      if (widest === -1 || width > (widths[widest] ?? 0)) widest = index
    }
    if (widest === -1) return widths
    widths[widest] = (widths[widest] ?? 1) - 1
  }
}

type RowStyle = { readonly widths: readonly number[]; readonly paint: Paint }

function formatRow(columns: readonly Column[], row: readonly Cell[], { widths, paint }: RowStyle): string {
  const cells = columns.map((column, index) => {
    const { text, colour } = fitCell(row[index] ?? '', widths[index] ?? 0)
    const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(text)))
    if (column.align === 'right') return padding + paint(text, colour)
    return paint(text, colour) + (index === columns.length - 1 ? '' : padding)
  })
  return cells.join(GAP).trimEnd()
}

function fitCell(cell: Cell, width: number): { readonly text: string; readonly colour: Colour } {
  if (typeof cell === 'string') return { text: truncate(plainText(cell), width), colour: 'none' }
  const suffix = cell.suffix ?? ''
  const text = truncate(plainText(cell.text), Math.max(1, width - displayWidth(suffix)))
  return { text: text + suffix, colour: cell.colour ?? 'none' }
}

function cellWidth(cell: Cell): number {
  if (typeof cell === 'string') return displayWidth(plainText(cell))
  return displayWidth(plainText(cell.text)) + displayWidth(cell.suffix ?? '')
}
