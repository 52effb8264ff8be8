// What could stand at the end of a command line, read off the commands themselves: a new one is completed at once.
import type { Argument, Command, Option } from 'commander'

/** Things whose names only the daemon knows. */
export type NamedKind = 'node' | 'key' | 'pool' | 'setting' | 'preset'

/** `words` are those after the program's name; the last one, perhaps empty, is the one being typed. */
export async function completionsOf(
  program: Command,
  words: readonly string[],
  namesOf: (kind: NamedKind) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? ''
  const place = walk(program, words.slice(0, -1))
  const candidates = await candidatesAt(place, typed, namesOf)
  return candidates.filter((candidate) => candidate.startsWith(typed))
}

type Place = {
  readonly command: Command
  /** The option whose value is being typed. */
  readonly option: Option | null
  readonly argumentsGiven: number
}

function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, option: null, argumentsGiven: 0 }
  for (const word of words) place = step(place, word)
  return place
}

function step({ command, option, argumentsGiven }: Place, word: string): Place {
  if (option !== null) return { command, option: null, argumentsGiven }
  if (word.startsWith('-')) {
    const named = command.options.find((one) => one.long === word || one.short === word)
    return { command, option: named !== undefined && takesValue(named) ? named : null, argumentsGiven }
  }
  const child = visibleCommands(command).find((one) => one.name() === word)
  if (child !== undefined) return { command: child, option: null, argumentsGiven: 0 }
  return { command, option: null, argumentsGiven: argumentsGiven + 1 }
}

type NamesOf = (kind: NamedKind) => Promise<readonly string[]>

async function candidatesAt(place: Place, typed: string, namesOf: NamesOf): Promise<readonly string[]> {
  const { command, option, argumentsGiven } = place
  if (option !== null) return option.argChoices ?? (await namesFor(kindOfOption(option), namesOf))
  if (typed.startsWith('-')) return optionsOf(command)
  const children = visibleCommands(command).map((child) => child.name())
  if (children.length > 0) return children
  const argument = argumentAt(command, argumentsGiven)
  const named =
    argument === null ? [] : (argument.argChoices ?? (await namesFor(kindOfArgument(argument, command), namesOf)))
  return named.length > 0 ? named : optionsOf(command)
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

function kindOfOption(option: Option): NamedKind | null {
  switch (option.long) {
    case '--pool':
      return 'pool'
    case '--pin':
      return 'node'
    case '--key':
      return 'key'
    case '--preset':
      return 'preset'
    default:
      return null
  }
}

function kindOfArgument(argument: Argument, command: Command): NamedKind | null {
  switch (argument.name()) {
    case 'node':
      return 'node'
    case 'key':
      // `node key remove <node> <key>`: its labels are known only with the node.
      return command.registeredArguments.length === 1 ? 'key' : null
    case 'pool':
      return command.name() === 'create' ? null : 'pool'
    case 'setting':
      return 'setting'
    default:
      return null
  }
}

async function namesFor(kind: NamedKind | null, namesOf: NamesOf): Promise<readonly string[]> {
  return kind === null ? [] : namesOf(kind)
}
