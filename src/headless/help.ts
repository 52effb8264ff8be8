// How a command's help looks: in the language of the terminal, in columns that know how wide its characters are.
import { Help, type HelpConfiguration } from 'commander'
import { type CliIo, DEFAULT_COLUMNS } from './cli-io.ts'
import { displayWidth } from './terminal/plain-text.ts'
import { wrapText } from './terminal/wrap-text.ts'
import type { Text } from './text/text.ts'

/** Wider lines than these are hard to read. As the terminal is when it is asked. */
export function helpWidth({ columns }: Pick<CliIo, 'columns'>): number {
  return Math.min(columns, DEFAULT_COLUMNS)
}

/** Beside long options a narrow terminal leaves little; commander's own 40 would give up wrapping there. */
const WRAP_WIDTH_MIN = 20

export function helpConfiguration(text: Text): HelpConfiguration {
  const commanders = new Help()
  return {
    minWidthToWrap: WRAP_WIDTH_MIN,
    displayWidth,
    boxWrap: (words, width) => wrapText(words, Math.max(WRAP_WIDTH_MIN, width)).join('\n'),
    styleTitle: (title) => heading(title, text),
    commandUsage: (command) => withoutEnglish(commanders.commandUsage(command), text),
    subcommandTerm: (command) => withoutEnglish(commanders.subcommandTerm(command), text),
    optionDescription: ({ description, argChoices, defaultValue }) =>
      describe({ description, choices: argChoices, defaultValue }, text),
    argumentDescription: ({ description, argChoices, defaultValue }) =>
      describe({ description, choices: argChoices, defaultValue }, text),
  }
}

/** commander's own headings. */
function heading(title: string, { say }: Text): string {
  switch (title) {
    case 'Usage:':
      return say('help.usage')
    case 'Arguments:':
      return say('help.arguments')
    case 'Options:':
      return say('help.options')
    case 'Commands:':
      return say('help.commands')
    default:
      return title
  }
}

function withoutEnglish(usage: string, { say }: Text): string {
  return usage
    .replace('[options]', `[${say('help.options-placeholder')}]`)
    .replace('[command]', `[${say('help.command-placeholder')}]`)
}

type Described = {
  readonly description: string
  readonly choices: readonly string[] | undefined
  readonly defaultValue: unknown
}

function describe({ description, choices, defaultValue }: Described, { say }: Text): string {
  const extra = [
    ...(choices === undefined ? [] : [say('help.choices', { choices: choices.join(', ') })]),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number'
      ? [say('help.default', { value: defaultValue })]
      : []),
  ]
  return extra.length === 0 ? description : say('help.with-extra', { description, extra: extra.join('; ') })
}
