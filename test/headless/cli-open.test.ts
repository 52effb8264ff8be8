// `open`: a one-time link for a browser, from the running daemon.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestDaemon, type TestDaemon } from './cli-harness.ts'

let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
})
afterEach(() => daemon.close())

const issuedSchema = z.strictObject({ code: z.string(), expiresAtMs: z.number(), url: z.string() })
const signIn = (code: string) =>
  fetch(`${daemon.bridge.url}/admin/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })

test('prints a link that signs in once, and says that there is no page yet', async () => {
  const { code, stdout, stderr } = await daemon.run(['open'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const link = /^ {2}(\S+)#code=(\S+)$/m.exec(stdout)
  expect(link?.[1]).toBe(`${daemon.bridge.url}/`)
  expect(stdout).toContain('comes with a later version')
  expect(stdout).not.toContain(daemon.token)
  expect((await signIn(link?.[2] ?? '')).status).toBe(201)
  expect((await signIn(link?.[2] ?? '')).status).toBe(422)
})

test('with --json the link is data', async () => {
  const { stdout } = await daemon.run(['open', '--json'])
  const issued = issuedSchema.parse(JSON.parse(stdout))
  expect(issued.url).toBe(`${daemon.bridge.url}/#code=${issued.code}`)
  expect(issued.expiresAtMs).toBeGreaterThan(Date.now())
  expect((await signIn(issued.code)).status).toBe(201)
})

test('speaks the language of its user', async () => {
  const { stdout } = await daemon.run(['open'], { environment: { LANG: 'zh_CN.UTF-8' } })
  expect(stdout).toContain('一次')
  expect(stdout).toMatch(/#code=sy-code-/)
})

test('without a daemon it says so', async () => {
  await daemon.bridge.close()
  const result = await daemon.run(['open', '--json'])
  expect(result).toMatchObject({ code: 1, stdout: '' })
  expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'NOT_RUNNING' } })
})
