// An aligned plain table that fits the width it is given.
import type { Colour, Paint } from './colour.ts'
import { displayWidth, plainText, truncate } from './plain-text.ts'
import { wrapText } from './wrap-text.ts'

export type Column = {
  readonly header: string
  readonly align?: 'left' | 'right'
  /** A column that may be cut gives up width down to this; one without it keeps its width. */
  readonly shrinkTo?: number
  /** Of the last column: its text goes on under itself instead of being cut. */
  readonly wraps?: boolean
  /** A column that is left out where there is no room for all; the smallest number goes first. */
  readonly drop?: number
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
  const indent = style.indent ?? ''
  const { kept, widths } = fitColumns(columns, rows, style.width - indent.length)
  const header = kept.map(({ column }) => column.header)
  const shown = rows.map((row) => kept.map(({ place }) => row[place] ?? ''))
  const cells = header.some((text) => text !== '')
    ? [header.map((text) => ({ text, colour: 'faint' as const })), ...shown]
    : shown
  const rowStyle = { columns: kept.map(({ column }) => column), widths, paint: style.paint }
  return cells.flatMap((row) => formatRow(row, rowStyle)).map((line) => indent + line)
}

type Kept = { readonly column: Column; readonly place: number; readonly width: number }

function fitColumns(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  total: number,
): { readonly kept: readonly Kept[]; readonly widths: readonly number[] } {
  const used = columns.flatMap((column, place) => {
    const widest = Math.max(0, ...rows.map((row) => cellWidth(row[place] ?? '')))
    return widest === 0 ? [] : [{ column, place, width: Math.max(widest, displayWidth(column.header)) }]
  })
  const kept = dropColumns(used, total)
  return { kept, widths: shrink(kept, total - GAP.length * (kept.length - 1)) }
}

/** As few as need be: a table that is cut at the edge of the screen can be read by nobody. */
function dropColumns(columns: readonly Kept[], total: number): readonly Kept[] {
  const least = columns.reduce((sum, { column, width }) => sum + Math.min(width, column.shrinkTo ?? width), 0)
  if (least + GAP.length * (columns.length - 1) <= total) return columns
  const first = columns
    .filter(({ column }) => column.drop !== undefined)
    .toSorted((a, b) => (a.column.drop ?? 0) - (b.column.drop ?? 0))[0]
  return first === undefined ? columns : dropColumns(columns.toSpliced(columns.indexOf(first), 1), total)
}

function shrink(columns: readonly Kept[], available: number): readonly number[] {
  const widths = columns.map(({ width }) => width)
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width, 0) - available
    if (excess <= 0) return widths
    // The widest column that can shrink gives way first, one column at a time: the result is even.
    let widest = -1
    for (const [index, { column }] of columns.entries()) {
      const width = widths[index] ?? 0
      if (column.shrinkTo === undefined || width <= column.shrinkTo) continue
      if (widest === -1 || width > (widths[widest] ?? 0)) widest = index
    }
    if (widest === -1) return widths
    widths[widest] = (widths[widest] ?? 1) - 1
  }
}

type RowStyle = { readonly columns: readonly Column[]; readonly widths: readonly number[]; readonly paint: Paint }

function formatRow(row: readonly Cell[], { columns, widths, paint }: RowStyle): readonly string[] {
  const last = columns.length - 1
  const [first = '', ...more] =
    columns[last]?.wraps === true ? wrapText(plainText(textOf(row[last] ?? '')), widths[last] ?? 0) : []
  const cells = columns.map((column, index) => {
    const width = widths[index] ?? 0
    const cell = row[index] ?? ''
    const { text, colour } =
      index === last && column.wraps === true ? { text: first, colour: colourOf(cell) } : fitCell(cell, width)
    const padding = ' '.repeat(Math.max(0, width - displayWidth(text)))
    if (column.align === 'right') return padding + paint(text, colour)
    return paint(text, colour) + (index === last ? '' : padding)
  })
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0)
  return [cells.join(GAP).trimEnd(), ...more.map((line) => ' '.repeat(before) + line)]
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text + (cell.suffix ?? '')
}

function colourOf(cell: Cell): Colour {
  return typeof cell === 'string' ? 'none' : (cell.colour ?? 'none')
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
