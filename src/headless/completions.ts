// What could stand at the end of a command line, read off the commands themselves: a new one is completed at once.
import type { Argument, Command, Option } from 'commander'

/** Things whose names only the daemon knows. */
export type NamedKind = 'node' | 'key' | 'pool' | 'setting' | 'preset' | 'node-key'
/** `of`: the node whose keys are meant. */
export type NamesOf = (kind: NamedKind, of: string) => Promise<readonly string[]>

/** Instead of words: the shell completes a path by itself. The scripts of completion-scripts.ts know it. */
export const PATHS = ':paths'

/** `words` are those after the program's name; the last one, perhaps empty, is the one being typed. */
export async function completionsOf(
  program: Command,
  words: readonly string[],
  namesOf: NamesOf,
): Promise<readonly string[]> {
  const before = words.slice(0, -1)
  const typed = words.at(-1) ?? ''
  const joined = /^(--[\w-]+=)(.*)$/.exec(typed)
  if (joined !== null) {
    // zsh and fish leave `--pool=te` whole.
    const [, option = '', value = ''] = joined
    const found = await completionsOf(program, [...before, option.slice(0, -1), value], namesOf)
    return found.map((word) => (word === PATHS ? word : option + word))
  }
  // bash makes three words of it, of which "=" is one.
  const begun = typed === '=' ? '' : typed
  const candidates = await candidatesAt(walk(program, before), begun, namesOf)
  return candidates.filter((candidate) => candidate === PATHS || candidate.startsWith(begun))
}

/** The value of `--data-dir` among the words: names come from the daemon that the command would call. */
export function dataDirectoryIn(words: readonly string[]): string | undefined {
  const at = words.indexOf('--data-dir')
  const joined = words.find((word) => word.startsWith('--data-dir='))?.slice('--data-dir='.length)
  return joined ?? (at === -1 ? undefined : words.slice(at + 1, -1).find((word) => word !== '='))
}

type Place = {
  readonly command: Command
  /** The option whose value is being typed. */
  readonly option: Option | null
  /** Arguments given so far. */
  readonly given: readonly string[]
}

function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, option: null, given: [] }
  for (const word of words) place = step(place, word)
  return place
}

function step({ command, option, given }: Place, word: string): Place {
  if (option !== null) return { command, option: word === '=' ? option : null, given }
  if (word.startsWith('-')) {
    const named = command.options.find((one) => one.long === word || one.short === word)
    return { command, option: named !== undefined && takesValue(named) ? named : null, given }
  }
  const child = visibleCommands(command).find((one) => one.name() === word)
  if (child !== undefined) return { command: child, option: null, given: [] }
  return { command, option: null, given: [...given, word] }
}

async function candidatesAt(place: Place, typed: string, namesOf: NamesOf): Promise<readonly string[]> {
  const { command, option, given } = place
  if (option !== null) return option.argChoices ?? (await wordsFor(kindOfOption(option), given, namesOf))
  if (typed.startsWith('-')) return optionsOf(command)
  const children = visibleCommands(command).map((child) => child.name())
  if (children.length > 0) return children
  const argument = argumentAt(command, given.length)
  if (argument === null) return optionsOf(command)
  return argument.argChoices ?? (await wordsFor(kindOfArgument(argument, command), given, namesOf))
}

function argumentAt(command: Command, index: number): Argument | null {
  const last = command.registeredArguments.at(-1)
  return command.registeredArguments[index] ?? (last?.variadic === true ? last : null)
}

function optionsOf(command: Command): readonly string[] {
  const visible = command.options.filter((option) => !option.hidden).flatMap((option) => option.long ?? [])
  return [...visible, '--help']
}

/** Commands whose name starts with an underscore are for scripts. */
function visibleCommands(command: Command): readonly Command[] {
  return command.commands.filter((child) => !child.name().startsWith('_'))
}

function takesValue(option: Option): boolean {
  return option.required || option.optional
}

type Kind = NamedKind | 'assignment' | 'path'

function kindOfOption(option: Option): Kind | null {
  switch (option.long) {
    case '--pool':
      return 'pool'
    case '--pin':
      return 'node'
    case '--key':
      return 'key'
    case '--preset':
      return 'preset'
    case '--data-dir':
    case '--ca':
    case '--output':
    case '--vault-passphrase-file':
      return 'path'
    default:
      return null
  }
}

function kindOfArgument(argument: Argument, command: Command): Kind | null {
  switch (argument.name()) {
    case 'node':
      return 'node'
    case 'key':
      return command.registeredArguments.length === 1 ? 'key' : 'node-key'
    case 'pool':
      return command.name() === 'create' ? null : 'pool'
    case 'setting':
      return 'setting'
    case 'setting=value':
      return 'assignment'
    case 'file':
      return 'path'
    default:
      return null
  }
}

async function wordsFor(kind: Kind | null, given: readonly string[], namesOf: NamesOf): Promise<readonly string[]> {
  switch (kind) {
    case null:
      return []
    case 'path':
      return [PATHS]
    case 'assignment':
      // In bash the value is a word by itself, and nobody knows it.
      return given.at(-1) === '=' ? [] : (await namesOf('setting', '')).map((name) => `${name}=`)
    default:
      return namesOf(kind, given[0] ?? '')
  }
}
