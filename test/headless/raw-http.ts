// Sends bytes over a bare socket and reads what comes back, for requests that no HTTP client would make.
import { connect } from 'node:net'

export type RawAnswer = { readonly status: number; readonly head: string; readonly body: string }

/** The answer up to the end of the connection; add `Connection: close` to requests that are accepted. */
export function sendRaw(port: number, bytes: string | readonly (string | Buffer)[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    let text = ''
    const timer = setTimeout(() => socket.destroy(new Error('no end of the answer within 5 s')), 5_000)
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (isComplete(text)) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      const [head = '', body = ''] = text.split('\r\n\r\n', 2)
      resolve({ status: Number(head.split(' ')[1] ?? 0), head, body })
    })
    for (const part of typeof bytes === 'string' ? [bytes] : bytes) socket.write(part)
  })
}

function isComplete(text: string): boolean {
  const [head = '', body] = text.split('\r\n\r\n', 2)
  if (body === undefined || head.startsWith('HTTP/1.1 1')) return false
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  return length === undefined ? body.endsWith('0\r\n') || text.endsWith('0\r\n\r\n') : body.length >= Number(length)
}
