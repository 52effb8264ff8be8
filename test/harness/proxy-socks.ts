// The words of a SOCKS5 proxy (RFC 1928), with user name and password (RFC 1929).
import type { Socket } from 'node:net'
import type { Agreed, Credentials, Negotiation } from './proxies.ts'
import { readBytes } from './read-socket.ts'

const NO_CREDENTIALS = 0x00
const USER_AND_PASSWORD = 0x02
const NONE_OF_THESE = 0xff

export async function negotiateSocks(client: Socket, negotiation: Negotiation): Promise<Agreed | null> {
  const [, count = 0] = await readBytes(client, 2)
  const methods = await readBytes(client, count)
  const { expected } = negotiation
  if (negotiation.fault()?.fault === 'garbage') {
    client.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    return null
  }
  const method = expected === null ? NO_CREDENTIALS : USER_AND_PASSWORD
  if (!methods.includes(method)) {
    client.end(Buffer.of(5, NONE_OF_THESE))
    return null
  }
  client.write(Buffer.of(5, method))
  let credentials: Credentials | null = null
  if (expected !== null) {
    credentials = await readCredentials(client)
    const right = credentials.user === expected.user && credentials.password === expected.password
    client.write(Buffer.of(1, right ? 0 : 1))
    if (!right) {
      client.end()
      return null
    }
  }
  return await negotiateTunnel(client, negotiation, credentials)
}

async function negotiateTunnel(
  client: Socket,
  negotiation: Negotiation,
  credentials: Credentials | null,
): Promise<Agreed | null> {
  const [, , , form] = await readBytes(client, 4)
  const host = await readHost(client, form ?? 0)
  const port = (await readBytes(client, 2)).readUInt16BE()
  negotiation.record({ destination: `${host}:${port}`, credentials })
  const reply = (code: number): Buffer => Buffer.of(5, code, 0, 1, 127, 0, 0, 1, 0, 0)
  const fault = negotiation.fault()
  switch (fault?.fault) {
    case 'hang':
      return null
    case 'close':
      client.end()
      return null
    case 'answer':
      client.end(reply(fault.code))
      return null
    case 'garbage':
    case 'close-after':
    case undefined:
      return { port, accept: () => client.write(reply(0)) }
  }
}

async function readCredentials(client: Socket): Promise<Credentials> {
  const [, userLength = 0] = await readBytes(client, 2)
  const user = (await readBytes(client, userLength)).toString('utf8')
  const [passwordLength = 0] = await readBytes(client, 1)
  return { user, password: (await readBytes(client, passwordLength)).toString('utf8') }
}

/** A name as it was asked for; an address of either family as its bytes say. */
async function readHost(client: Socket, form: number): Promise<string> {
  if (form === 1) return [...(await readBytes(client, 4))].join('.')
  if (form === 4) return (await readBytes(client, 16)).toString('hex')
  const [length = 0] = await readBytes(client, 1)
  return (await readBytes(client, length)).toString('utf8')
}
