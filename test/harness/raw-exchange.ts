// Literal bytes to a port and what comes back: for requests that no client library would send.
import { connect } from 'node:net'

export type RawAnswer = {
  readonly bytes: Buffer
  readonly text: string
  /** Who ended it: the peer with FIN or RST, or we, because the awaited text came or the time was over. */
  readonly closedBy: 'peer' | 'reset' | 'us'
}

export type RawOptions = {
  /** Hang up once this was received. Default: wait until the peer closes. */
  readonly until?: string
  /** Hang up at the latest after this. */
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 5000

/** Rejects only when the connection cannot be made. */
export function rawExchange(port: number, bytes: Buffer | string, options: RawOptions = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ host: '127.0.0.1', port })
    const finish = (closedBy: RawAnswer['closedBy']): void => {
      clearTimeout(limit)
      socket.destroy()
      const received = Buffer.concat(chunks)
      resolve({ bytes: received, text: received.toString('latin1'), closedBy })
    }
    const limit = setTimeout(finish, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, 'us')
    let connected = false
    socket.on('connect', () => {
      connected = true
      socket.write(bytes)
    })
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      if (options.until !== undefined && Buffer.concat(chunks).includes(options.until)) finish('us')
    })
    socket.on('end', () => finish('peer'))
    socket.on('error', (error) => {
      if (connected) return finish('reset')
      clearTimeout(limit)
      reject(error)
    })
  })
}
