// TLS in front of a plain server of a test: what comes out of it goes on byte for byte.
import { connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { onTestFinished } from 'vitest'
import { serverTls } from './certificates.ts'
import { listenOnFreePort } from './listen.ts'

export type TlsFront = {
  readonly port: number
  /** The name that each client asked for, in order; null: none (an address). */
  readonly serverNames: readonly (string | null)[]
}

/** Gone when the test ends. */
export async function startTlsFront(behindPort: number): Promise<TlsFront> {
  const serverNames: (string | null)[] = []
  const sockets = new Set<Socket>()
  const server = createServer(serverTls, (outer) => {
    serverNames.push(outer.servername === false ? null : outer.servername)
    const inner = connect({ host: '127.0.0.1', port: behindPort })
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.on('tlsClientError', () => undefined) // A client that does not trust us is what is tested.
  const port = await listenOnFreePort(server)
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port, serverNames }
}
