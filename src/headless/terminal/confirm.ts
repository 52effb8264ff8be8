// Asks before something is taken away. Without a terminal only --yes answers.
import { failure, usageError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { prompt } from './prompt.ts'

export type ConfirmOptions = { readonly question: string; readonly isYes: boolean }

/** Returns when the user agreed; rejects otherwise. */
export async function confirm(io: CliIo, { question, isYes }: ConfirmOptions): Promise<void> {
  if (isYes) return
  if (io.stdin.isTTY !== true) {
    throw usageError(`This asks before it acts, and there is no terminal to ask at: add --yes. (${question})`)
  }
  const answer = await prompt(io, { question: `${question} [y/N] `, hidden: false })
  if (!/^y(?:es)?$/i.test(answer.trim())) throw failure('CANCELLED', 'Cancelled: nothing was changed.')
}
