// One request as literal bytes to a port, and its answer taken apart: for what no client library would send.
import { connect } from 'node:net'
import { expect } from 'vitest'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { type RawAnswer, rawExchange } from '../harness/raw-exchange.ts'

export type RawRequest = {
  /** Default: POST /v1/messages HTTP/1.1. */
  readonly line?: string
  /** Replaces the Host line; null leaves it out. */
  readonly host?: string | null
  /** Whole lines, behind Host, key and the length of a body that is not sent. */
  readonly headers?: readonly string[]
  /** Default: an announced body of which nothing is sent. */
  readonly bodyHeaders?: readonly string[]
}

export type ParsedAnswer = {
  readonly status: number
  /** Lower-case names; the last of several wins. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type ErrorAnswer = ParsedAnswer & { readonly type: string; readonly message: string }

/** A good request in every respect that the options do not change, without its body. */
export function rawHead(port: number, request: RawRequest = {}): string {
  const host = request.host === undefined ? `Host: 127.0.0.1:${port}` : request.host
  return [
    request.line ?? 'POST /v1/messages HTTP/1.1',
    ...(host === null ? [] : [host]),
    `Authorization: Bearer ${CLIENT_TOKEN}`,
    ...(request.bodyHeaders ?? ['Content-Length: 1000']),
    ...(request.headers ?? []),
    '',
    '',
  ].join('\r\n')
}

/** Sends the head alone: the answer proves that no body was waited for. */
export async function refusalOf(port: number, request: RawRequest): Promise<ErrorAnswer> {
  return errorOf(await rawExchange(port, Buffer.from(rawHead(port, request), 'latin1'), { until: '}}' }))
}

/** Asserts the shape of our errors, in the envelope of the protocol whose path it is: Anthropic's says that it is an error, OpenAI's has a code. */
export function errorOf(raw: RawAnswer): ErrorAnswer {
  const answer = parsed(raw)
  const envelope: unknown = JSON.parse(answer.body)
  const said = { type: expect.any(String), message: expect.stringMatching(/^Switchyard: ./) }
  const anthropic = { type: 'error', error: said }
  const openAi = { error: { ...said, param: null, code: expect.toBeOneOf([null, expect.any(String)]) } }
  expect(envelope).toEqual(answer.body.startsWith('{"type"') ? anthropic : openAi)
  const { error } = envelope as { error: { type: string; message: string } } // Checked above.
  return { ...answer, ...error }
}

export function parsed(raw: RawAnswer): ParsedAnswer {
  const [head = '', body = ''] = raw.text.split('\r\n\r\n', 2)
  const [statusLine = '', ...lines] = head.split('\r\n')
  expect(statusLine).toMatch(/^HTTP\/1\.1 \d{3} /)
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(statusLine.slice(9, 12)), headers: Object.fromEntries(headers), body }
}

/** Sends the bytes and leaves with RST at once. */
export function resetBehind(port: number, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.write(bytes, () => socket.resetAndDestroy())
    })
    socket.on('error', () => undefined).on('close', () => resolve())
  })
}
