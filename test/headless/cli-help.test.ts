// The help of every command there is, in both languages: whole, within the width, and with no sentence in the wrong one.
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../src/headless/program.ts'
import { displayWidth } from '../../src/headless/terminal/plain-text.ts'
import { createText } from '../../src/headless/text/text.ts'
import { createTestIo, startCli } from './cli-harness.ts'

const languages = [
  { name: 'English', environment: { LANG: 'en_US.UTF-8' } },
  { name: 'Chinese', environment: { LANG: 'zh_CN.UTF-8' } },
] as const

/** "node key add" and its like, without the hidden ones. */
function pathsOf(command: Command, before: readonly string[] = []): readonly (readonly string[])[] {
  const children = command.commands.filter((child) => !child.name().startsWith('_'))
  return [before, ...children.flatMap((child) => pathsOf(child, [...before, child.name()]))]
}

const { io } = createTestIo()
const paths = pathsOf(createProgram({ io, text: createText('en') }))
const leaves = paths.filter(
  (path) =>
    !paths.some((other) => other.length > path.length && other.slice(0, path.length).join(' ') === path.join(' ')),
)

test('there are the commands of every area', () => {
  const names = leaves.map((path) => path.join(' '))
  for (const one of [
    'serve',
    'node key add',
    'pool create',
    'key edit',
    'settings set',
    'vault rotate',
    'completion',
  ]) {
    expect(names).toContain(one)
  }
})

describe.each(languages)('in $name', ({ name, environment }) => {
  const helpOf = async (path: readonly string[], columns: number): Promise<string> => {
    const { code, stdout, stderr } = await startCli([...path, '--help'], { environment, columns }).result
    expect({ code, stderr }, path.join(' ')).toEqual({ code: 0, stderr: '' })
    return stdout
  }

  test('every command says what it does, its options, and an example', async () => {
    for (const path of leaves) {
      const help = await helpOf(path, 80)
      expect(help, path.join(' ')).toContain(`\n  switchyard ${path.slice(0, 1).join(' ')}`)
      expect(help).toContain('--json')
      expect(help).toContain('--data-dir')
      // Options that only refuse a secret on the command line are not offered.
      expect(help).not.toMatch(/--auth-token|--password /)
    }
  })

  test.each([60, 80])('no line is wider than %i columns, but for examples', async (columns) => {
    for (const path of paths) {
      const [help = ''] = (await helpOf(path, columns)).split(/\n(?:Examples?:|示例：)\n/)
      for (const line of help.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(columns)
    }
  })

  test.runIf(name === 'Chinese')('no English is left but names', async () => {
    for (const path of paths) {
      const [help = ''] = (await helpOf(path, 120)).split('\n示例：\n')
      // What stands beside an option, command or argument; those themselves are names.
      const prose = help.split('\n').map((line) => line.replace(/^ {2}\S.*?(?: {2,}|$)/, '').replace(/^用法：.*/, ''))
      for (const line of prose) {
        // Three English words in a row are a phrase. Lists of values and code are not.
        expect(line.replaceAll(/`[^`]*`/g, ''), path.join(' ')).not.toMatch(/[a-z]{2,} [a-z]{2,} [a-z]{2,}/)
        expect(line).not.toMatch(/\b(?:choices|default|Options|Usage|display help)\b:/)
      }
    }
  })
})
