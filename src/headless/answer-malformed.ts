// Answers what Node's HTTP parser refuses, on the bare socket: bad syntax, headers too large, a request that never ends.
import type { Duplex } from 'node:stream'
import { type ControlRefusal, controlRefusals, refusalBody } from './control-error.ts'

export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = refusalFor(error.code)
  const body = refusalBody(refusal)
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} Refused`,
      'content-type: application/json',
      'cache-control: no-store',
      'connection: close',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function refusalFor(code: string | undefined): ControlRefusal {
  if (code === 'HPE_HEADER_OVERFLOW') return controlRefusals.headersTooLarge
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return controlRefusals.tooSlow
  return controlRefusals.malformed
}
