// Asks for one line at a terminal; a secret is not shown while it is typed or pasted.

import { failure } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'

const LINE_LENGTH_MAX = 8192
/** Nobody is there any more. */
const PROMPT_TIMEOUT_MS = 10 * 60_000

export type PromptOptions = { readonly question: string; readonly hidden: boolean }

/** Rejects with CANCELLED on Ctrl-C, Ctrl-D on an empty line, end of input and after ten minutes. */
export async function prompt(io: Pick<CliIo, 'stdin' | 'stderr'>, options: PromptOptions): Promise<string> {
  const { stdin } = io
  // The question goes to stderr: stdout belongs to the result.
  io.stderr(options.question)
  if (options.hidden) stdin.setRawMode?.(true)
  try {
    return await readLine(stdin)
  } finally {
    if (options.hidden) {
      stdin.setRawMode?.(false)
      // The line end was not echoed either.
      io.stderr('\n')
    }
    stdin.pause()
  }
}

function readLine(stdin: CliIo['stdin']): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = createLineEditor()
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      stdin.off('error', onEnd)
      settle()
    }
    const cancel = () => reject(failure('CANCELLED', 'failure.cancelled'))
    const onEnd = () => finish(cancel)
    const onData = (chunk: Buffer | string) => {
      const result = line.feed(chunk.toString())
      if (result.state === 'done') finish(() => resolve(result.text))
      if (result.state === 'cancelled') finish(cancel)
    }
    const timer = setTimeout(onEnd, PROMPT_TIMEOUT_MS)
    stdin.on('data', onData)
    stdin.on('end', onEnd)
    stdin.on('error', onEnd)
    stdin.resume()
  })
}

type LineState =
  | { readonly state: 'open' }
  | { readonly state: 'cancelled' }
  | { readonly state: 'done'; readonly text: string }

// In raw mode the terminal edits nothing: backspace, Ctrl-U, Ctrl-C and the marks of a bracketed paste arrive as bytes.
function createLineEditor(): { readonly feed: (text: string) => LineState } {
  let text = ''
  return {
    feed: (chunk) => {
      for (const character of chunk.replace(/\u001b\[[0-9;]*[A-Za-z~]/g, '')) {
        if (character === '\r' || character === '\n') return { state: 'done', text }
        if (character === '\u0003' || (character === '\u0004' && text === '')) return { state: 'cancelled' }
        if (character === '\u007f' || character === '\b') text = text.slice(0, -1)
        else if (character === '\u0015') text = ''
        else if (character >= ' ' && text.length < LINE_LENGTH_MAX) text += character
      }
      return { state: 'open' }
    },
  }
}
