// A wire between a client and a server that passes every byte on as it is and remembers it: what the client's own socket saw.
// One thing it changes: the client's Host names the tap's port, and a server that guards its Host would refuse it.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { headerOf, type ParsedMessage, parseMessages } from './http-bytes.ts'
import { listenOnFreePort } from './listen.ts'
import { sha256 } from './recorded-request.ts'

export type TappedRequest = {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly bodySha256: string
  /** Null when no head of an answer came. */
  readonly answer: TappedAnswer | null
}

export type TappedAnswer = {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly bodySha256: string
  /** It ended as its framing says; false when the connection broke. */
  readonly complete: boolean
}

export type WireTap = {
  readonly url: string
  /** In the order of their connections, then of the requests on each. */
  readonly requests: () => readonly TappedRequest[]
  readonly close: () => Promise<void>
}

type Wire = { readonly sent: Buffer[]; readonly received: Buffer[] }

export async function startWireTap(targetPort: number): Promise<WireTap> {
  const wires: Wire[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const wire: Wire = { sent: [], received: [] }
    wires.push(wire)
    const far = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true })
    passOn(client, far, { record: wire.sent, change: (bytes) => withHostOf(bytes, { tap: port, target: targetPort }) })
    passOn(far, client, { record: wire.received, change: (bytes) => bytes })
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    }
  })
  const port = await listenOnFreePort(server)
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => wires.flatMap(readWire),
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

type Passing = {
  /** As it came. */
  readonly record: Buffer[]
  readonly change: (bytes: Buffer) => Buffer
}

/** Bytes, a clean end and a break, each as what it is. */
function passOn(from: Socket, to: Socket, { record, change }: Passing): void {
  from.setNoDelay(true)
  from.on('data', (bytes: Buffer) => {
    record.push(bytes)
    if (!to.write(change(bytes))) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
  from.on('error', () => to.resetAndDestroy())
  from.on('close', () => {
    if (!from.readableEnded) to.destroy()
  })
}

/** A tool writes its head in one piece; were it not found, the server's 421 would say so. */
function withHostOf(bytes: Buffer, ports: { readonly tap: number; readonly target: number }): Buffer {
  const text = bytes.toString('latin1')
  const host = new RegExp(`(\\r\\nhost: 127\\.0\\.0\\.1:)${ports.tap}(?=\\r\\n)`, 'gi')
  return Buffer.from(text.replace(host, `$1${ports.target}`), 'latin1')
}

function readWire(wire: Wire): readonly TappedRequest[] {
  const requests = parseMessages(Buffer.concat(wire.sent))
  const answers = parseMessages(Buffer.concat(wire.received), (index) => !requests[index]?.start.startsWith('HEAD '))
  return requests.map(({ start, rawHeaders, body }, at) => {
    const [method = '', target = ''] = start.split(' ')
    return { method, target, rawHeaders, bodySha256: sha256(body), answer: answerOf(answers[at]) }
  })
}

function answerOf(message: ParsedMessage | undefined): TappedAnswer | null {
  if (message === undefined) return null
  const { start, rawHeaders, body, complete } = message
  // Without a length, the end of the connection ends it too: whoever cuts such an answer cannot be told from one who is done.
  const framed = headerOf(rawHeaders, 'transfer-encoding') !== null || headerOf(rawHeaders, 'content-length') !== null
  return {
    status: Number(start.slice(9, 12)),
    rawHeaders,
    body,
    bodySha256: sha256(body),
    complete: complete && framed,
  }
}
