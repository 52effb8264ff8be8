// scripts/bootstrap over an npm that only writes down what it was asked.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plantProject } from './planted-project.ts'

const INSTALLS_NODE_24 = `#!/bin/bash
echo "npm $1" >>calls
mkdir -p node_modules/.bin
printf '#!/bin/bash\\necho v24.1.0\\n' >node_modules/.bin/node
chmod +x node_modules/.bin/node
`
const TOOLS = ['bash', 'cat', 'chmod', 'cksum', 'dirname', 'grep', 'mkdir', 'mktemp', 'rm', 'sleep', 'uname', 'env']

describe('bootstrap', () => {
  test('installs once, and again only when the lock file changed', () => {
    const clone = plantClone({ npm: INSTALLS_NODE_24 })

    expect(bootstrap(clone)).toMatchObject({ status: 0, stdout: '' })
    expect(bootstrap(clone).stderr).toBe('bootstrap: Node v24.1.0\n')
    expect(readFileSync(join(clone, 'calls'), 'utf8')).toBe('npm ci\n')

    writeFileSync(join(clone, 'package-lock.json'), '{"changed":true}')
    bootstrap(clone)
    expect(readFileSync(join(clone, 'calls'), 'utf8')).toBe('npm ci\nnpm ci\n')
    expect(existsSync(join(clone, '.bootstrap-lock'))).toBe(false)
  })

  test('says nothing when there is nothing to do and --quiet is given', () => {
    const clone = plantClone({ npm: INSTALLS_NODE_24 })
    bootstrap(clone)

    expect(bootstrap(clone, '--quiet')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  test('says what to install when npm is missing', () => {
    const clone = plantClone({})

    expect(bootstrap(clone)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/npm is missing.*Install Node/s),
    })
  })

  test('names the registry when it cannot be reached, and tries again the next time', () => {
    const clone = plantClone({
      npm: '#!/bin/bash\n[ "$1" = config ] && echo https://registry.example/ && exit\necho "npm error code ENOTFOUND" >&2\nexit 1\n',
    })

    expect(bootstrap(clone)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the package registry https://registry.example/ could not be reached'),
    })
    expect(existsSync(join(clone, '.bootstrap-lock'))).toBe(false)
    writeFileSync(join(clone, 'bin/npm'), INSTALLS_NODE_24)
    expect(bootstrap(clone).status).toBe(0)
  })

  test('says what to do where npm has no Node package and the system has an old one', () => {
    const clone = plantClone({
      npm: '#!/bin/bash\nmkdir -p node_modules\n',
      node: '#!/bin/bash\necho v20.19.0\n',
    })

    expect(bootstrap(clone)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/Node 24 or newer is needed, found: v20\.19\.0\..*install it/s),
    })
  })

  test('takes over the lock of a bootstrap that died', () => {
    const clone = plantClone({ npm: INSTALLS_NODE_24 })
    const dead = spawnSync('bash', ['-c', 'echo $$'], { encoding: 'utf8' }).stdout
    spawnSync('mkdir', [join(clone, '.bootstrap-lock')])
    writeFileSync(join(clone, '.bootstrap-lock/pid'), dead)

    expect(bootstrap(clone).status).toBe(0)
  })
})

/** A clone with the real script, and a PATH of its own in which only the given programs are ours. */
function plantClone(programs: Readonly<Record<string, string>>): string {
  const files = Object.entries(programs).map(([name, text]): [string, string] => [`bin/${name}`, text])
  const clone = plantProject({
    'package-lock.json': '{}',
    'scripts/.keep': '',
    'bin/.keep': '',
    ...Object.fromEntries(files),
  })
  copyFileSync(resolve(import.meta.dirname, '../../scripts/bootstrap'), join(clone, 'scripts/bootstrap'))
  for (const name of Object.keys(programs)) chmodSync(join(clone, 'bin', name), 0o755)
  for (const tool of TOOLS) {
    const found = spawnSync('bash', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim()
    symlinkSync(found, join(clone, 'bin', tool))
  }
  return clone
}

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function bootstrap(clone: string, ...args: readonly string[]): Ended {
  return spawnSync(join(clone, 'scripts/bootstrap'), args, {
    encoding: 'utf8',
    env: { PATH: join(clone, 'bin'), HOME: clone },
  })
}
