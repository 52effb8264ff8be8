// What Node's parser could not read is answered here, for no request object exists yet.
import type { Duplex } from 'node:stream'

type Answer = { readonly status: string; readonly type: string; readonly message: string }

const answers: ReadonlyMap<string, Answer> = new Map([
  [
    'HPE_HEADER_OVERFLOW',
    {
      status: '431 Request Header Fields Too Large',
      type: 'invalid_request_error',
      message: 'the request headers are larger than 32 KiB.',
    },
  ],
  [
    'ERR_HTTP_REQUEST_TIMEOUT',
    { status: '408 Request Timeout', type: 'invalid_request_error', message: 'the request headers took too long.' },
  ],
])
const unreadable: Answer = {
  status: '400 Bad Request',
  type: 'invalid_request_error',
  message: 'the request is not valid HTTP.',
}

export function answerMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const { status, type, message } = answers.get(error.code ?? '') ?? unreadable
  const body = JSON.stringify({ type: 'error', error: { type, message: `Switchyard: ${message}` } })
  endSoon(
    socket,
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-should-retry: false\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** Long enough to read the answer; a client that then neither sends nor leaves must not keep its place. */
const LEAVE_MS = 2000

/** The last words on a connection. What the client still sends is thrown away, for a reset would take the answer with it. */
export function endSoon(socket: Duplex, lastWords: string): void {
  socket.end(lastWords)
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LEAVE_MS)
  socket.once('close', () => clearTimeout(timer))
}
