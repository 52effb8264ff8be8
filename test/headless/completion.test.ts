// Shell completion: what is offered where, and the printed scripts in the shells they are for.
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ShellName, scripts, shells } from '../../src/headless/completion-scripts.ts'
import { nodeView } from './bridge-router.ts'
import { clientKey } from './bridge-router-keys.ts'
import { keyStates } from './bridge-router-parts.ts'
import { startCli, startTestDaemon, type TestDaemon } from './cli-harness.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startTestDaemon()
  const keys = keyStates('node-relay-a', [
    { secret: 'k-1', label: 'main' },
    { secret: 'k-2', label: 'spare' },
  ])
  daemon.nodes.push(nodeView({ name: 'relay-a', keys }), nodeView({ name: 'relay-b' }))
  daemon.keys.push(clientKey({ name: 'laptop' }))
  daemon.pools.push({ name: 'team', strategy: 'priority', nodes: [], active: null, clientKeys: [] })
  const endpoint = { protocol: 'anthropic', baseUrl: 'https://deepseek.example', auth: 'bearer' } as const
  daemon.presets.push({ id: 'deepseek', title: 'DeepSeek', endpoints: [endpoint], keysUrl: 'https://deepseek.example' })
})
afterAll(() => daemon.close())

/** `words` as typed after the program's name; the last one is being typed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await daemon.run(['__complete', '--', ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n').filter((line) => line !== '')
}

describe('what is offered', () => {
  test('commands, those of groups, and no hidden one', async () => {
    expect(await offered('se')).toEqual(['serve', 'settings'])
    expect(await offered('node', 'key', '')).toEqual(['list', 'add', 'edit', 'remove'])
    expect(await offered('_')).toEqual([])
  })

  test('options, not those that only refuse a secret', async () => {
    expect(await offered('node', 'list', '--')).toEqual(['--json', '--data-dir', '--watch', '--help'])
    expect(await offered('node', 'add', '--k')).toEqual(['--key-stdin', '--key-env'])
    expect(await offered('status', '--json', '--w')).toEqual(['--watch'])
  })

  test('the choices of an option and of an argument', async () => {
    expect(await offered('node', 'add', '--auth', '')).toEqual(['bearer', 'x-api-key', 'x-goog-api-key'])
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  test('names that the daemon knows, where each belongs', async () => {
    expect(await offered('node', 'show', '')).toEqual(['relay-a', 'relay-b'])
    expect(await offered('node', 'edit', 'relay-a', '--pool', 't')).toEqual(['team'])
    expect(await offered('key', 'edit', 'laptop', '--pin', 'relay-b')).toEqual(['relay-b'])
    expect(await offered('key', 'revoke', '')).toEqual(['laptop'])
    expect(await offered('explain', '--model', 'm', '--key', '')).toEqual(['laptop'])
    expect(await offered('pool', 'remove', 'd')).toEqual(['default'])
    expect(await offered('pool', 'create', '')).toEqual([])
    expect(await offered('settings', 'get', 'd')).toEqual(['debug'])
    expect(await offered('node', 'add', '--preset', '')).toEqual(['deepseek'])
    expect(await offered('node', 'key', 'remove', 'relay-a', '')).toEqual(['main', 'spare'])
  })

  test('a setting to set with its "=", as often as wanted, and nothing for the value', async () => {
    expect(await offered('settings', 'set', 'debug=true', 'ret')).toEqual(['retryMaxAttempts='])
    // As bash cuts it.
    expect(await offered('settings', 'set', 'debug', '=', 't')).toEqual([])
  })

  test('the value of --option=value, as bash cuts it and as the others do', async () => {
    expect(await offered('node', 'edit', 'relay-a', '--pool', '=', 't')).toEqual(['team'])
    expect(await offered('node', 'edit', 'relay-a', '--pool', '=')).toEqual(['default', 'team'])
    expect(await offered('node', 'edit', 'relay-a', '--pool=t')).toEqual(['--pool=team'])
  })

  test('paths are left to the shell', async () => {
    expect(await offered('vault', 'import', '')).toEqual([':paths'])
    expect(await offered('node', 'add', '--ca', './x')).toEqual([':paths'])
  })

  test('nothing after an argument that is being typed by somebody who has no daemon, and without a word', async () => {
    const nowhere = { SWITCHYARD_DATA_DIR: '/nowhere/switchyard' }
    for (const words of [
      ['node', 'show', ''],
      ['key', 'edit', 'x', '--pin', ''],
      ['settings', 'set', ''],
    ]) {
      const result = await startCli(['__complete', '--', ...words], { environment: nowhere }).result
      expect(result, words.join(' ')).toEqual({ code: 0, stdout: '', stderr: '' })
    }
  })

  test('names of the daemon that --data-dir names', async () => {
    const words = ['node', 'show', '--data-dir', daemon.dataDirectory, 'relay-a']
    const result = await startCli(['__complete', '--', ...words]).result
    expect(result.stdout).toBe('relay-a\n')
  })
})

test('completion prints a script for each shell, and refuses another shell with the three', async () => {
  for (const shell of shells) expect((await daemon.run(['completion', shell])).stdout).toBe(scripts[shell])
  expect(await daemon.run(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The argument shell is one of: bash, zsh, fish.'),
  })
})

const run = promisify(execFile)
const program = join(import.meta.dirname, '../../src/headless/cli.ts')

async function isInstalled(shell: ShellName): Promise<boolean> {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((directory) => access(join(directory, shell)))
  return (await Promise.allSettled(found)).some(({ status }) => status === 'fulfilled')
}

const withoutStartFiles = { bash: '--norc', zsh: '-f', fish: '--no-config' } as const

/** In a shell of its own, on the test's daemon; gives the lines that are printed. */
async function inShell(shell: ShellName, script: string): Promise<readonly string[]> {
  const env = { ...process.env, SWITCHYARD_DATA_DIR: daemon.dataDirectory }
  const { stdout } = await run(shell, [withoutStartFiles[shell], '-c', script], { env })
  return stdout.split('\n').filter((line) => line !== '')
}

describe.runIf(await isInstalled('bash'))('in bash', () => {
  const complete = (...words: readonly string[]) =>
    inShell(
      'bash',
      `switchyard() { '${process.execPath}' '${program}' "$@"; }
${scripts.bash}
COMP_WORDS=(switchyard ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
_switchyard; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p switchyard`,
    )

  test('completes commands and names of the daemon', async () => {
    expect(await complete('nod')).toEqual(['node', 'complete -F _switchyard switchyard'])
    expect((await complete('node', 'show', '')).slice(0, -1)).toEqual(['relay-a', 'relay-b'])
  })

  test('expands nothing that is offered', async () => {
    const script = `switchyard() { printf '%s\\n' 'a b*' '$(echo bad)'; }
${scripts.bash}
COMP_WORDS=(switchyard node show ''); COMP_CWORD=3
_switchyard; printf '%s\\n' "\${COMPREPLY[@]}"`
    expect(await inShell('bash', script)).toEqual(['a b*', '$(echo bad)'])
  })

  test('leaves paths to bash', async () => {
    expect(await complete('vault', 'import', '')).toEqual(['complete -F _switchyard switchyard'])
  })
})

describe.runIf(await isInstalled('zsh'))('in zsh', () => {
  test('completes commands, names of the daemon, and settings without a space behind', async () => {
    const complete = (...words: readonly string[]) =>
      inShell(
        'zsh',
        `switchyard() { '${process.execPath}' '${program}' "$@" }
compdef() { : }; compadd() { print -r -- "add $*"; while (( $# )); do [[ $1 == -a ]] && print -rl -- "\${(@P)2}"; shift; done }; _files() { print files }
${scripts.zsh}
words=(switchyard ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}
_switchyard || true`,
      )
    expect(await complete('node', 'show', '')).toEqual(['add -a plain', 'relay-a', 'relay-b'])
    expect(await complete('settings', 'set', 'de')).toEqual(['add -S  -a open', 'debug='])
    expect(await complete('vault', 'import', '')).toEqual(['files'])
  })
})

describe.runIf(await isInstalled('fish'))('in fish', () => {
  test('completes commands and names of the daemon', async () => {
    const complete = (line: string) =>
      inShell(
        'fish',
        `function switchyard; '${process.execPath}' '${program}' $argv; end
${scripts.fish}
complete -C '${line}'`,
      )
    expect(await complete('switchyard nod')).toEqual(['node'])
    expect(await complete('switchyard node show ')).toEqual(['relay-a', 'relay-b'])
    expect(await complete('switchyard node edit relay-a --pool=t')).toEqual(['--pool=team'])
  })
})
