// `completion`: a script for the shell, and the hidden command that the script asks at each Tab.
import { Argument, type Command } from 'commander'
import { scripts, shells } from '../completion-scripts.ts'
import { completionsOf, dataDirectoryIn, type NamedKind } from '../completions.ts'
import { type ControlClient, findDaemon } from '../control-client.ts'
import { resolveDataDirectory } from '../data-directory.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { VERSION } from '../version.ts'

export function completionCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'completion',
    summary: shell.text.say('completion.summary'),
    examples: ['completion bash > ~/.local/share/bash-completion/completions/switchyard', 'completion fish'],
    configure: (command) =>
      command.addArgument(new Argument('<shell>', shell.text.say('completion.shell')).choices(shells)),
    run: async (call) => {
      const name = shells.find((one) => one === call.args[0]) ?? 'bash'
      if (call.isJson) return call.json({ shell: name, script: scripts[name] })
      call.io.stdout(scripts[name])
    },
  })
}

/** Asked by the scripts; never fails loudly, for its output lands in the middle of what somebody types. */
export function completeCommand(shell: Shell, program: () => Command): Command {
  return leafCommand(shell, {
    path: '__complete',
    summary: '',
    examples: [],
    // The words are data: `--json` among them is no option of this command.
    configure: (command) => command.argument('[words...]').allowUnknownOption().helpOption(false),
    run: async (call) => {
      const words = call.args
      const names = (kind: NamedKind, of: string) => namesOf(call, dataDirectoryIn(words), { kind, of })
      for (const word of await completionsOf(program(), words, names)) call.line(word)
    },
  })
}

/** A daemon that hangs: a Tab that takes longer feels broken. */
const NAMES_TIMEOUT_MS = 1_000

type Wanted = { readonly kind: NamedKind; readonly of: string }

/** Nothing when there is no daemon, or one that takes too long. */
async function namesOf({ io }: Call, directory: string | undefined, wanted: Wanted): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(NAMES_TIMEOUT_MS)
  try {
    const dataDirectory = resolveDataDirectory(directory, io)
    const search = { dataDirectory, version: VERSION, command: '', acceptAnyVersion: false, isAlive: io.isAlive }
    const { client } = await findDaemon(search)
    return await ask(client, wanted, signal)
  } catch {
    return []
  }
}

async function ask(client: ControlClient, { kind, of }: Wanted, signal: AbortSignal): Promise<readonly string[]> {
  switch (kind) {
    case 'node':
      return (await client.nodes.list(undefined, { signal })).map(({ name }) => name)
    case 'node-key':
      return (await client.nodes.get({ ref: of }, { signal })).keys.map(({ label }) => label)
    case 'key':
      return (await client.clientKeys.list(undefined, { signal })).map(({ name }) => name)
    case 'pool':
      return (await client.pools.list(undefined, { signal })).map(({ name }) => name)
    case 'setting':
      return (await client.settings.list(undefined, { signal })).map(({ name }) => name)
    case 'preset':
      return (await client.nodes.presets(undefined, { signal })).map(({ id }) => id)
  }
}
