// Signing in from a browser: a one-time code becomes a token, which is as good as the control token until it ends.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createAdminSessions } from '../../src/headless/admin-session.ts'
import { type HttpBridge, openHttpBridge } from '../../src/headless/http-bridge.ts'
import { redactPatterns } from '../../src/shared/redact.ts'
import { createTestRouter } from './bridge-router.ts'

const TEN_MINUTES_MS = 10 * 60_000

describe('codes and sessions', () => {
  const world = { nowMs: 1_000_000 }
  const open = () => createAdminSessions(() => world.nowMs)

  test('a code opens one session, once', () => {
    const sessions = open()
    const { secret, expiresAtMs } = sessions.issueCode()
    expect(expiresAtMs).toBe(world.nowMs + TEN_MINUTES_MS)
    const session = sessions.signIn(secret)
    expect(sessions.isSession(session?.secret ?? '')).toBe(true)
    expect(sessions.signIn(secret)).toBeNull()
  })

  test('a code is good for ten minutes, to the millisecond', () => {
    const sessions = open()
    const first = sessions.issueCode()
    const second = sessions.issueCode()
    world.nowMs = first.expiresAtMs - 1
    expect(sessions.signIn(first.secret)).not.toBeNull()
    world.nowMs = second.expiresAtMs
    expect(sessions.signIn(second.secret)).toBeNull()
  })

  test('a session ends with its time, and with signing out; the others stay', () => {
    const sessions = open()
    const [a, b] = [sessions.issueCode(), sessions.issueCode()].map(({ secret }) => sessions.signIn(secret))
    expect(sessions.signOut(a?.secret ?? '')).toBe(true)
    expect(sessions.signOut(a?.secret ?? '')).toBe(false)
    expect(sessions.isSession(a?.secret ?? '')).toBe(false)
    expect(sessions.isSession(b?.secret ?? '')).toBe(true)
    world.nowMs = b?.expiresAtMs ?? 0
    expect(sessions.isSession(b?.secret ?? '')).toBe(false)
  })

  test('a code is no session, and a session is no code', () => {
    const sessions = open()
    const { secret } = sessions.issueCode()
    expect(sessions.isSession(secret)).toBe(false)
    const session = sessions.signIn(secret)
    expect(sessions.signIn(session?.secret ?? '')).toBeNull()
  })

  test('only so many codes are open at once: the oldest gives way', () => {
    const sessions = open()
    const codes = Array.from({ length: 21 }, () => sessions.issueCode().secret)
    expect(sessions.signIn(codes[0] ?? '')).toBeNull()
    expect(sessions.signIn(codes[1] ?? '')).not.toBeNull()
  })

  test('after twenty wrong codes in a minute the next are to be held back, until the minute is over', () => {
    const sessions = open()
    for (let count = 0; count < 20; count += 1) expect(sessions.countWrongCode()).toBe(false)
    expect(sessions.countWrongCode()).toBe(true)
    world.nowMs += 60_000
    expect(sessions.countWrongCode()).toBe(false)
  })

  test('both are redacted by their shape, also inside the link', () => {
    const sessions = open()
    const { secret } = sessions.issueCode()
    const token = sessions.signIn(secret)?.secret ?? ''
    const text = redactPatterns(`http://127.0.0.1:4781/#code=${secret} then ${token}.`)
    expect(text).not.toContain(secret)
    expect(text).not.toContain(token)
    expect(text).toContain('/#code=[redacted]')
  })
})

describe('over HTTP', () => {
  const TOKEN = 'control-token-of-this-test'
  const issuedSchema = z.strictObject({ code: z.string(), expiresAtMs: z.number(), url: z.string() })
  const sessionSchema = z.strictObject({ token: z.string(), expiresAtMs: z.number() })
  let bridge: HttpBridge

  beforeEach(async () => {
    bridge = await openHttpBridge({
      ...createTestRouter(),
      token: TOKEN,
      port: 0,
      onError: (error) => expect.fail(String(error)),
    })
  })
  afterEach(() => bridge.close())

  const send = (method: string, path: string, { token, body }: { token?: string; body?: unknown } = {}) =>
    fetch(`${bridge.url}/admin/api${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const issue = async () => {
    const answer = await send('POST', '/session/codes', { token: TOKEN })
    expect(answer.status).toBe(201)
    return issuedSchema.parse(await answer.json())
  }
  const signIn = async (code: string) => {
    const answer = await send('POST', '/session', { body: { code } })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('cache-control')).toBe('no-store')
    return sessionSchema.parse(await answer.json())
  }

  test('the control token makes a link whose code becomes a token, without a token', async () => {
    const issued = await issue()
    expect(issued.url).toBe(`${bridge.url}/#code=${issued.code}`)
    expect(issued.expiresAtMs).toBeGreaterThan(Date.now() + TEN_MINUTES_MS - 60_000)
    const { token } = await signIn(issued.code)
    expect((await send('GET', '/status', { token })).status).toBe(200)
    expect((await send('POST', '/session/codes', { token })).status).toBe(201)
  })

  test('a code that was used, was never issued or is no string is refused, and says what to do', async () => {
    const { code } = await issue()
    await signIn(code)
    for (const wrong of [code, 'sy-code-x', `${code}x`]) {
      const answer = await send('POST', '/session', { body: { code: wrong } })
      expect(answer.status).toBe(422)
      const text = await answer.text()
      expect(JSON.parse(text)).toMatchObject({ code: 'REFUSED', data: { code: 'sign-in-code-refused' } })
      expect(text).not.toContain(wrong)
    }
    for (const body of [{}, { code: '' }, { code: 1 }, { code: 'x', more: 1 }, { code: 'x'.repeat(201) }]) {
      expect((await send('POST', '/session', { body })).status, JSON.stringify(body)).toBe(400)
    }
  })

  test('of two that show the same code at once, one gets in', async () => {
    const { code } = await issue()
    const answers = await Promise.all([1, 2, 3].map(() => send('POST', '/session', { body: { code } })))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422])
  })

  test('a code does not open the API, and signing in takes JSON only', async () => {
    const { code } = await issue()
    expect((await send('GET', '/status', { token: code })).status).toBe(401)
    const form = await fetch(`${bridge.url}/admin/api/session`, { method: 'POST', body: new URLSearchParams({ code }) })
    expect(form.status).toBe(415)
    expect((await send('GET', '/session', { token: TOKEN })).status).toBe(405)
    await signIn(code)
  })

  test('signing out ends this session only; the control token has none to end', async () => {
    const a = await signIn((await issue()).code)
    const b = await signIn((await issue()).code)
    expect(await (await send('DELETE', '/session', { token: a.token })).json()).toEqual({ signedOut: true })
    expect((await send('GET', '/status', { token: a.token })).status).toBe(401)
    expect((await send('GET', '/status', { token: b.token })).status).toBe(200)
    const answer = await send('DELETE', '/session', { token: TOKEN })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ data: { code: 'sign-out-no-session' } })
    expect((await send('GET', '/status', { token: TOKEN })).status).toBe(200)
  })

  test('sessions end with the daemon', async () => {
    const { token } = await signIn((await issue()).code)
    await bridge.close()
    bridge = await openHttpBridge({ ...createTestRouter(), token: TOKEN, port: 0, onError: () => undefined })
    expect((await send('GET', '/status', { token })).status).toBe(401)
  })

  test('wrong codes are slowed after twenty, a right one never', async () => {
    for (let count = 0; count < 20; count += 1) await send('POST', '/session', { body: { code: 'wrong' } })
    const { code } = await issue()
    const slow = send('POST', '/session', { body: { code: 'wrong' } }).then(() => 'wrong')
    const right = signIn(code).then(() => 'right')
    expect(await Promise.race([slow, right])).toBe('right')
    expect(await slow).toBe('wrong')
  })
})
