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
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-should-retry: false\r\nconnection: close\r\n\r\n${body}`,
  )
}
