// Asks for a secret at the terminal, without showing it.
import type { Parameters } from '../../shared/text/spoken.ts'
import type { Shell } from '../leaf-command.ts'
import type { TextKey } from '../text/catalogue.ts'
import { prompt } from './prompt.ts'

/** Without the spaces around it that a paste brings. The caller checks that there is a terminal. */
export async function askSecret({ io, text }: Shell, question: TextKey, parameters: Parameters = {}): Promise<string> {
  return (await prompt(io, { question: text.say(question, parameters), hidden: true })).trim()
}
