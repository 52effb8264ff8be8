// Makes one command of the program: its help, the options all commands share, and what it gets to run with.
import { Command } from 'commander'
import { type CliIo, DEFAULT_COLUMNS } from './cli-io.ts'
import { fromCommander } from './commander-failure.ts'
import { type Daemon, findDaemon, notRunning } from './control-client.ts'
import { toCliError } from './control-failure.ts'
import { resolveDataDirectory } from './data-directory.ts'
import { ownCommand } from './own-command.ts'
import { type Options, readOptions } from './read-options.ts'
import { createPaint, type Paint } from './terminal/colour.ts'
import { VERSION } from './version.ts'

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
  readonly args: readonly string[]
  readonly options: Options
  readonly isJson: boolean
  readonly dataDirectory: string
  /** The whole command to type for `status` and the like, with the program's name and the data directory when it was given. */
  readonly command: (text: string) => string
  readonly paint: Paint
  /** One line of text on stdout. */
  readonly line: (text?: string) => void
  /** One JSON value on one line of stdout. */
  readonly json: (value: unknown) => void
  /** Calls the running daemon; what fails comes out as one sentence. */
  readonly control: <T>(act: (daemon: Daemon) => Promise<T>, options?: ControlOptions) => Promise<T>
}
export type ControlOptions = { readonly acceptAnyVersion: boolean }

export function leafCommand(io: CliIo, spec: CommandSpec): Command {
  const command = baseCommand(io, spec.path)
    .description(spec.summary)
    .option('--json', 'print JSON on stdout; an error is JSON on stderr')
    .option('--data-dir <dir>', 'data directory of the daemon (or SWITCHYARD_DATA_DIR)')
    .addHelpText('after', () => examplesText(spec, ownCommand(io.environment)))
  spec.configure?.(command)
  return command.action(() => spec.run(createCall(io, command)))
}

/** A command that holds others. */
export function groupCommand(io: CliIo, path: string): Command {
  return baseCommand(io, path).helpCommand(false)
}

function baseCommand(io: CliIo, path: string): Command {
  const command = new Command(path.split(' ').at(-1))
  return command
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: () => Math.min(io.columns, DEFAULT_COLUMNS),
      getErrHelpWidth: () => Math.min(io.columns, DEFAULT_COLUMNS),
      // Errors are printed once, by run-cli.
      outputError: () => undefined,
    })
    .exitOverride((error) => {
      throw fromCommander(error, `${ownCommand(io.environment)} ${path}`.trim())
    })
}

function createCall(io: CliIo, command: Command): Call {
  const options = readOptions(command.opts())
  const dataDirectory = resolveDataDirectory(options.text('dataDir'), io)
  const program = ownCommand(io.environment)
  return {
    io,
    args: command.args,
    options,
    isJson: options.flag('json') === true,
    dataDirectory,
    command: (text) => `${program} ${text}${directoryOption(options.text('dataDir'))}`,
    paint: createPaint({ isTerminal: io.stdoutIsTerminal, environment: io.environment }),
    line: (text = '') => io.stdout(`${text}\n`),
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

function examplesText(spec: CommandSpec, program: string): string {
  const lines = spec.examples.map((example) => `  ${program} ${example}`)
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`
}
