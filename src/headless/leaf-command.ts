// Makes one command of the program: its help, the options all commands share, and what it gets to run with.
import { Command } from 'commander'
import type { CliIo } from './cli-io.ts'
import { fromCommander } from './commander-failure.ts'
import { type Daemon, findDaemon, notRunning } from './control-client.ts'
import { toCliError } from './control-failure.ts'
import { resolveDataDirectory } from './data-directory.ts'
import { helpConfiguration, helpWidth } from './help.ts'
import type { ListStyle } from './node-table.ts'
import { ownCommand } from './own-command.ts'
import { type Options, readOptions } from './read-options.ts'
import { createPaint, type Paint } from './terminal/colour.ts'
import type { Text } from './text/text.ts'
import { VERSION } from './version.ts'

/** What every command of one run of the program shares. */
export type Shell = { readonly io: CliIo; readonly text: Text }

export type CommandSpec = {
  /** With its group: "node add". */
  readonly path: string
  readonly summary: string
  /** Without the program's name: "node list --json". */
  readonly examples: readonly string[]
  readonly configure?: (command: Command) => void
  readonly run: (call: Call) => Promise<void>
}

/** One call of a command. */
export type Call = {
  readonly io: CliIo
  readonly text: Text
  readonly args: readonly string[]
  readonly options: Options
  readonly isJson: boolean
  readonly dataDirectory: string
  /** The whole command to type for `status` and the like, with the program's name and the data directory when it was given. */
  readonly command: (text: string) => string
  readonly paint: Paint
  /** For tables: the terminal as it is now. */
  readonly style: () => ListStyle
  /** One line of text on stdout. */
  readonly line: (text?: string) => void
  /** One JSON value on one line of stdout. */
  readonly json: (value: unknown) => void
  /** Calls the running daemon; what fails comes out as one sentence. */
  readonly control: <T>(act: (daemon: Daemon) => Promise<T>, options?: ControlOptions) => Promise<T>
}
export type ControlOptions = { readonly acceptAnyVersion: boolean }

export function leafCommand(shell: Shell, spec: CommandSpec): Command {
  const { text } = shell
  const command = baseCommand(shell, spec.path)
    .description(spec.summary)
    .option('--json', text.say('option.json'))
    .option('--data-dir <dir>', text.say('option.data-dir'))
    .addHelpText('after', () => examplesText(spec, shell))
  spec.configure?.(command)
  return command.action(() => spec.run(createCall(shell, command)))
}

/** A command that holds others. */
export function groupCommand(shell: Shell, path: string): Command {
  return baseCommand(shell, path).helpCommand(false)
}

function baseCommand({ io, text }: Shell, path: string): Command {
  const command = new Command(path.split(' ').at(-1))
  return command
    .configureHelp(helpConfiguration(text))
    .helpOption('-h, --help', text.say('option.help'))
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => helpWidth(io),
      getErrHelpWidth: () => helpWidth(io),
      // Errors are printed once, by run-cli.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      throw fromCommander(error, `${ownCommand(io.environment)} ${path}`.trim())
    })
}

function createCall({ io, text }: Shell, command: Command): Call {
  const options = readOptions(command.opts())
  const dataDirectory = resolveDataDirectory(options.text('dataDir'), io)
  const program = ownCommand(io.environment)
  const paint = createPaint({ isTerminal: io.stdoutIsTerminal, environment: io.environment })
  return {
    io,
    text,
    args: command.args,
    options,
    isJson: options.flag('json') === true,
    dataDirectory,
    command: (words) => `${program} ${words}${directoryOption(options.text('dataDir'))}`,
    paint,
    style: () => ({ width: io.columns, paint, text }),
    line: (words = '') => io.stdout(`${words}\n`),
    json: (value) => io.stdout(`${JSON.stringify(value)}\n`),
    control: async (act, { acceptAnyVersion } = { acceptAnyVersion: false }) => {
      const search = { dataDirectory, version: VERSION, command: program, acceptAnyVersion, isAlive: io.isAlive }
      try {
        return await act(await findDaemon(search))
      } catch (error) {
        throw toCliError(error, () => notRunning(search))
      }
    },
  }
}

// A command that is pasted must reach the same daemon.
function directoryOption(directory: string | undefined): string {
  if (directory === undefined) return ''
  return /^[\w./:\\-]+$/.test(directory)
    ? ` --data-dir ${directory}`
    : ` --data-dir '${directory.replaceAll("'", "'\\''")}'`
}

function examplesText(spec: CommandSpec, { io, text }: Shell): string {
  const lines = spec.examples.map((example) => `  ${ownCommand(io.environment)} ${example}`)
  return `\n${text.say('help.examples', { count: lines.length })}\n${lines.join('\n')}`
}
