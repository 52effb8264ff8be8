// Shows something that changes: in place on a terminal, block after block elsewhere.
import type { CliIo } from '../cli-io.ts'

/** What is to be seen at this moment, as lines. */
export type View = () => readonly string[]

export type Screen = {
  /** Draws when the view differs from what was drawn. */
  readonly draw: (view: View) => void
  /** Leaves what was drawn last and gives the cursor back. Idempotent. */
  readonly close: () => void
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const HOME = '\u001b[H'
const CLEAR = '\u001b[2J'
const CLEAR_LINE_END = '\u001b[K'
const CLEAR_BELOW = '\u001b[J'

export function createScreen(io: Pick<CliIo, 'stdout' | 'stdoutIsTerminal' | 'rows'>): Screen {
  let drawn = ''
  let isOpen = false

  function drawInPlace(lines: readonly string[]): void {
    const rows = io.rows()
    // The last row stays free: a line end there would scroll the first one away.
    const shown = lines.slice(0, Math.max(1, rows - 1))
    const start = isOpen ? HOME : HIDE_CURSOR + CLEAR + HOME
    isOpen = true
    // Line by line over what is there: clearing first would flicker.
    io.stdout(start + shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join('') + CLEAR_BELOW)
  }

  return {
    draw: (view) => {
      const lines = view()
      const text = `${io.rows()}\n${lines.join('\n')}`
      if (text === drawn) return
      const isFirst = drawn === ''
      drawn = text
      if (io.stdoutIsTerminal) drawInPlace(lines)
      else io.stdout(`${isFirst ? '' : '\n'}${lines.join('\n')}\n`)
    },
    close: () => {
      if (isOpen) io.stdout(SHOW_CURSOR)
      isOpen = false
    },
  }
}
