// The words of an HTTP proxy: CONNECT host:port and its answer.
import type { Socket } from 'node:net'
import type { Agreed, Credentials, Negotiation } from './proxies.ts'
import { readUntil } from './read-socket.ts'

export async function negotiateConnect(client: Socket, negotiation: Negotiation): Promise<Agreed | null> {
  const head = await readUntil(client, '\r\n\r\n')
  const destination = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1]
  if (destination === undefined) {
    client.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    return null
  }
  const credentials = credentialsIn(head)
  negotiation.record({ destination, credentials })
  const fault = negotiation.fault()
  const { expected } = negotiation
  const wrong = expected !== null && !same(expected, credentials)
  switch (fault?.fault) {
    case 'hang':
      return null
    case 'close':
      client.end()
      return null
    case 'garbage':
      client.end('\u0005\u0000 this is no HTTP\r\n\r\n')
      return null
    case 'answer':
      client.end(`HTTP/1.1 ${fault.code} Said So\r\ncontent-length: 4\r\n\r\nbody`)
      return null
    case 'close-after':
    case undefined:
      break
  }
  if (wrong) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="p"\r\n\r\n')
    return null
  }
  const port = Number(/:(\d+)$/.exec(destination)?.[1])
  return { port, accept: () => client.write('HTTP/1.1 200 Connection established\r\n\r\n') }
}

function credentialsIn(head: string): Credentials | null {
  const pair = /^proxy-authorization: Basic (\S+)\r$/im.exec(head)?.[1]
  if (pair === undefined) return null
  const [user = '', ...password] = Buffer.from(pair, 'base64').toString('utf8').split(':')
  return { user, password: password.join(':') }
}

function same(a: Credentials, b: Credentials | null): boolean {
  return a.user === b?.user && a.password === b.password
}
