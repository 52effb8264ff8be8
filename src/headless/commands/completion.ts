// `completion`: a script for the shell, and the hidden command that the script asks at each Tab.
import { Argument, type Command } from 'commander'
import { completionsOf, type NamedKind } from '../completions.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'

const shells = ['bash', 'zsh', 'fish'] as const
type ShellName = (typeof shells)[number]

export function completionCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'completion',
    summary: shell.text.say('completion.summary'),
    examples: ['completion bash > ~/.local/share/bash-completion/completions/switchyard', 'completion fish'],
    configure: (command) =>
      command.addArgument(new Argument('<shell>', shell.text.say('completion.shell')).choices(shells)),
    run: async (call) => {
      const name = shells.find((one) => one === call.args[0]) ?? 'bash'
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
      const words = call.args.slice(call.args[0] === '--' ? 1 : 0)
      for (const word of await completionsOf(program(), words, (kind) => namesOf(call, kind))) call.line(word)
    },
  })
}

/** A Tab that takes longer feels broken. */
const NAMES_TIMEOUT_MS = 250

/** Nothing when there is no daemon, or one that takes too long. */
async function namesOf(call: Call, kind: NamedKind): Promise<readonly string[]> {
  const late = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => resolve([]), NAMES_TIMEOUT_MS).unref()
  })
  const asked = call
    .control(async ({ client }) => {
      switch (kind) {
        case 'node':
          return (await client.nodes.list()).map(({ name }) => name)
        case 'key':
          return (await client.clientKeys.list()).map(({ name }) => name)
        case 'pool':
          return (await client.pools.list()).map(({ name }) => name)
        case 'setting':
          return (await client.settings.list()).map(({ name }) => name)
        case 'preset':
          return (await client.nodes.presets()).map(({ id }) => id)
      }
    })
    .catch(() => [])
  return Promise.race([asked, late])
}

const scripts: Readonly<Record<ShellName, string>> = {
  bash: `# Completion of switchyard for bash.
_switchyard() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(switchyard __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _switchyard switchyard
`,
  zsh: `#compdef switchyard
# Completion of switchyard for zsh.
_switchyard() {
  local -a words_found
  words_found=("\${(@f)$(switchyard __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $words_found
}
compdef _switchyard switchyard
`,
  fish: `# Completion of switchyard for fish.
complete -c switchyard -f -a '(switchyard __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}
