// docs/api.md: its commands run in order, as they stand, against a daemon, and its answers are what comes back.
import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { routesOf } from '../../src/headless/control-routes.ts'
import { openHttpBridge } from '../../src/headless/http-bridge.ts'
import { openApiDocument } from '../../src/headless/openapi.ts'
import { createHost } from '../../src/host/create-host.ts'
import { httpContract } from '../../src/shared/contract/session.ts'
import { type CommandResult, runCommand } from '../harness/run-command.ts'
import { startScriptedUpstream } from '../harness/scripted-upstream.ts'
import { temporaryDirectory } from '../host/open-test-host.ts'
import { type Answer, differences, readPage } from './read-page.ts'

const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
const SHOWN_CONTROL_URL = 'http://127.0.0.1:4781'
const hasCurl = await runCommand('bash', ['-c', 'command -v curl'], { env: path(), timeoutMs: 5_000 }).then(
  ({ code }) => code === 0,
  () => false,
)

function path(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C.UTF-8' }
}

async function openDaemon() {
  const upstream = await startScriptedUpstream({ name: 'b' })
  onTestFinished(upstream.close)
  const dataDirectory = await temporaryDirectory()
  let controlPort: number | null = null
  const host = await createHost({
    dataDirectory,
    proxyPort: 0,
    demo: 'off',
    environment: {},
    version: '0.0.0-test',
    logDestination: null,
    controlPort: () => controlPort,
  })
  onTestFinished(() => host.stop())
  const { router, status, controlToken: token } = host
  const bridge = await openHttpBridge({
    router,
    status,
    token,
    port: 0,
    onError: (error) => expect.fail(String(error)),
  })
  controlPort = bridge.port
  onTestFinished(() => bridge.close())
  const variables = {
    DATA: dataDirectory,
    PROXY: `http://127.0.0.1:${host.proxyPort}`,
    API: `${bridge.url}/admin/api`,
    NODE_B: upstream.url,
    NODE_B_KEY: 'sk-key-of-node-b-1234',
  }
  return { url: bridge.url, variables }
}

test.skipIf(!hasCurl)(
  'the page does what it says, from the first command to the last',
  async () => {
    const { url, variables } = await openDaemon()
    const known: Record<string, string> = { ...variables }
    let prelude = 'set -euo pipefail\n'
    let commands = 0
    for (const step of readPage(page.replaceAll(SHOWN_CONTROL_URL, url))) {
      if (step.kind === 'setup') {
        prelude += withoutAssignments(step.script, Object.keys(known))
        continue
      }
      commands += 1
      const result = await runCommand('bash', ['-c', prelude + step.script], {
        env: { ...path(), ...known },
        timeoutMs: 30_000,
      })
      const where = `docs/api.md:${step.line} ${result.stderr}`
      expect(result.code, where).toBe(0)
      if (step.answer !== null) expect(compare(step.answer, result), where).toEqual([])
      // What the reader copies from an answer.
      const created = z.object({ key: z.string() }).safeParse(result.json)
      if (created.success) known.KEY = created.data.key
    }
    expect(commands).toBeGreaterThan(15)
  },
  120_000,
)

/** The reader's own values, which are the test's here. A variable the page sets and the test does not know is a mistake. */
function withoutAssignments(script: string, known: readonly string[]): string {
  const lines = script.split('\n').filter((line) => {
    const name = /^([A-Z_]+)=/.exec(line)?.[1]
    if (name !== undefined) expect(known).toContain(name)
    return name === undefined
  })
  return `${lines.join('\n')}\n`
}

function compare(answer: Answer, { json, stdout }: CommandResult): readonly string[] {
  if (answer.kind === 'json') return differences(JSON.parse(answer.text), json)
  const shown = fieldsOf(answer.text)
  const actual = fieldsOf(stdout)
  return differences(
    { ...shown, data: JSON.parse(shown.data ?? '') },
    { ...actual, data: JSON.parse(actual.data ?? '') },
  )
}

/** Of the first event; comments are left out. */
function fieldsOf(text: string): Record<string, string> {
  const event = text.split('\n\n').find((part) => part.includes('data:')) ?? ''
  return Object.fromEntries(
    [...event.matchAll(/^(\w+): ?(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
  )
}

test('lists every operation with its summary, in the order of the contract, and no other', async () => {
  const { paths } = await openApiDocument({ version: '0', url: SHOWN_CONTROL_URL })
  const routes = [...routesOf(httpContract), { method: 'GET', path: '/openapi.json' }]
  const wanted = routes.map(
    ({ method, path: at }) => `| \`${method} ${at}\` | ${String(paths[at]?.[method.toLowerCase()]?.summary)} |`,
  )
  const listed = page.split('\n').filter((line) => /^\| `(?:GET|POST|PUT|PATCH|DELETE) \//.test(line))
  expect(listed).toEqual(wanted)
})

test('names the status and code of every refusal of the control port', async () => {
  const sources = await Promise.all(
    ['src/headless/control-error.ts', 'src/shared/http-guard.ts', 'src/shared/contract/base.ts'].map((file) =>
      readFile(new URL(`../../${file}`, import.meta.url), 'utf8'),
    ),
  )
  const codes = new Set(sources.join('\n').match(/\b[A-Z]{2,}(?:_[A-Z]+)+\b|\b(?:REFUSED|TIMEOUT|UNAUTHORIZED)\b/g))
  codes.delete('BAD_TARGET_MESSAGE')
  const listed = new Set([...page.matchAll(/^\| \d{3} \| `([A-Z_]+)` \|/gm)].map(([, code]) => code ?? ''))
  expect([...listed].toSorted()).toEqual([...codes].toSorted())
})

test('is linked from the README', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain('(docs/api.md)')
  expect(readme.split('\n').length).toBeLessThan(120)
})
