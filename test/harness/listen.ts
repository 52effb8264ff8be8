// Binds a server to a port of 127.0.0.1 that nobody else will take while the server is away.
import type { Server } from 'node:net'

/**
 * Below the range from which systems take the ports of outgoing connections (Linux from 32768): with such a port a killed
 * upstream could find it taken when it comes back, or a client that dials the dead port could connect to itself.
 */
const FIRST_PORT = 20_000
const PORT_COUNT = 12_000
const TRIES = 50

export async function listenOnFreePort(server: Server): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT)
    try {
      await listenOnPort(server, port)
      return port
    } catch (error) {
      if (attempt === TRIES) throw error
    }
  }
}

export function listenOnPort(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
