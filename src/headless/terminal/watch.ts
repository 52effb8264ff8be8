// Shows something that changes: in place on a terminal, block after block elsewhere.
import type { CliIo } from '../cli-io.ts'

/** What is to be seen at this moment, as lines that fit the terminal. */
export type View = () => readonly string[]

export type Screen = {
  /** Draws when the view differs from what was drawn. */
  readonly draw: (view: View) => void
  /** Leaves what was drawn last and gives the cursor back. Idempotent. */
  readonly close: () => void
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
// A line that is too long all the same is cut by the terminal, or it would take two rows and push the first one out.
const NO_WRAP = '\u001b[?7l'
const WRAP = '\u001b[?7h'
const HOME = '\u001b[H'
const CLEAR = '\u001b[2J'
const CLEAR_LINE = '\u001b[2K'
const CLEAR_BELOW = '\u001b[J'

export function createScreen(io: Pick<CliIo, 'stdout' | 'stdoutIsTerminal' | 'rows' | 'columns'>): Screen {
  let drawn = ''
  let isOpen = false

  function drawInPlace(lines: readonly string[]): void {
    const rows = io.rows()
    // The last row stays free: a line end there would scroll the first one away.
    const shown = lines.slice(0, Math.max(1, rows - 1))
    const start = isOpen ? HOME : HIDE_CURSOR + CLEAR + HOME
    isOpen = true
    // Line by line over what is there: clearing first would flicker.
    io.stdout(start + NO_WRAP + shown.map((line) => `${CLEAR_LINE}${line}\n`).join('') + CLEAR_BELOW + WRAP)
  }

  return {
    draw: (view) => {
      const lines = view()
      // A terminal of another size has moved what is on it.
      const size = io.stdoutIsTerminal ? `${io.columns}x${io.rows()}\n` : ''
      const text = size + lines.join('\n')
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
