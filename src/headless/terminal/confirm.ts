// Asks before something is taken away. Without a terminal only --yes answers.
import { failure, usageError } from '../cli-error.ts'
import type { Shell } from '../leaf-command.ts'
import { prompt } from './prompt.ts'

export type ConfirmOptions = { readonly question: string; readonly isYes: boolean }

/** Returns when the user agreed; rejects otherwise. */
export async function confirm({ io, text }: Shell, { question, isYes }: ConfirmOptions): Promise<void> {
  if (isYes) return
  if (io.stdin.isTTY !== true) {
    throw usageError('usage.no-terminal-to-confirm', { question })
  }
  const answer = await prompt(io, { question: `${question} ${text.say('confirm.choices')} `, hidden: false })
  if (!/^(?:y|yes|是)$/i.test(answer.trim())) throw failure('CANCELLED', 'failure.cancelled')
}
