// After a run of everything no secret lies anywhere in plain text, or in any other form of itself: not in a file, a log, an
// error, a process list, an answer of the control plane or an event.
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startProxy } from '../../harness/proxies.ts'
import { startScriptedUpstream } from '../../harness/scripted-upstream.ts'
import type { Finding } from '../../harness/secret-scanner.ts'
import { temporaryDirectory } from '../../storage/temporary-directory.ts'
import { breakNodes, refuseMuch } from './break-things.ts'
import { giveSecrets } from './give-secrets.ts'
import { lookAtEverything } from './look-at-everything.ts'
import { type SecretScene, startSecretScene } from './scene.ts'
import { turnTheVault } from './turn-the-vault.ts'

/** The one place of each: files that only their owner may read. */
const filesWithSecrets = {
  'control-token': ['control token 1', 'control token 2', 'control token 3'],
  'vault.key': ['first data key', 'second data key', 'third data key', 'fourth data key'],
}

test('no secret is anywhere in plain text after a run of everything', { timeout: 300_000 }, async () => {
  const dataDirectory = await temporaryDirectory()
  const scene = await startSecretScene(dataDirectory)
  const upstream = await startScriptedUpstream({ name: 'relay' })
  onTestFinished(upstream.close)
  const proxyPassword = scene.secret('proxy password')
  const proxy = await startProxy({ kind: 'http', credentials: { user: 'me', password: proxyPassword } })
  const demo = scene.cli(['demo', '--json'])

  const given = await giveSecrets(scene, { upstream, proxy, proxyPassword })
  await breakNodes(scene, upstream, given)
  await refuseMuch(scene)
  await signIn(scene)
  await lookAtEverything(scene)
  const whileItRuns = await scene.scanner.scanDirectory(dataDirectory, filesWithSecrets)
  await turnTheVault(scene, { aside: await temporaryDirectory(), dataDirectory })
  await lookAtEverything(scene)
  await scene.ask(given.clientKeys['by-stdin'] ?? '')
  await scene.cli(['key', 'revoke', 'tool-by-api', '--yes'])
  await scene.cli(['node', 'remove', 'by-api', '--yes'])
  const beforeTheEnd = await scene.scanner.scanDirectory(dataDirectory, filesWithSecrets)
  await demo
  await scene.cli(['stop'])
  await scene.stop()
  const afterTheEnd = await scene.scanner.scanDirectory(dataDirectory, filesWithSecrets)

  const inOutputs = scene.outputs.flatMap(({ where, content, shows }) => scene.scanner.scan(where, content, shows))
  const found = [...whileItRuns.findings, ...beforeTheEnd.findings, ...afterTheEnd.findings, ...inOutputs]
  expect(summary(found)).toEqual([])

  // The run was one: every key reached its node, the database and its log were looked at, and what is shown once was shown.
  const arrived = new Set(upstream.requests.map((request) => request.header('authorization')))
  for (const key of Object.values(given.nodeKeys).flat()) expect(arrived.has(`Bearer ${key}`)).toBe(true)
  expect(proxy.asked.filter(({ credentials }) => credentials?.password === proxyPassword).length).toBeGreaterThan(1)
  const inDirectory = [
    'switchyard.db',
    'switchyard.db-wal',
    'switchyard.db-shm',
    'logs/switchyard.log',
    'control-token',
  ]
  expect(whileItRuns.files).toEqual(expect.arrayContaining(inDirectory))
  const allowed = scene.outputs.filter(({ shows }) => shows.length > 0)
  for (const { where, content, shows } of allowed) {
    expect([where, ...scene.scanner.scan(where, content).map(({ secret }) => secret)]).toContain(shows[0])
  }
  expect((await scene.scanner.scanDirectory(dataDirectory)).findings.map(({ where }) => where)).toContain('vault.key')
  expect(process.platform !== 'linux' || scene.outputs.some(({ where }) => where.startsWith('/proc/'))).toBe(true)
})

/** One line for each place and secret, whatever the forms. */
function summary(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ where, secret, form }) => `${secret} in ${where} (${form})`))]
}

/** A browser's way in: the code stands in the link that is printed, the token in the answer to who shows the code. */
async function signIn({ cli, api, scanner }: SecretScene): Promise<void> {
  const { stdout } = await cli(['open', '--json'], { shows: ['sign-in code'] })
  const { code } = z.looseObject({ code: z.string() }).parse(JSON.parse(stdout))
  scanner.add('sign-in code', code)
  const { json } = await api('POST', '/session', { code }, ['session token'])
  scanner.add('session token', z.looseObject({ token: z.string() }).parse(json).token)
}
