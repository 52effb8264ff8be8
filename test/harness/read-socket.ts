// Reads what a negotiation needs from a socket and leaves the rest in it.
import type { Socket } from 'node:net'

/** Rejects when the socket ends before. */
export async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    if (count === 0) return Buffer.alloc(0)
    const bytes: unknown = socket.read(count)
    if (Buffer.isBuffer(bytes) && bytes.length === count) return bytes
    if (socket.readableEnded || socket.destroyed || Buffer.isBuffer(bytes)) throw new Error('the socket ended')
    await moreOf(socket)
  }
}

export async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = ''
  while (!text.endsWith(end)) text += (await readBytes(socket, 1)).toString('latin1')
  return text
}

function moreOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['readable', 'end', 'close']) socket.off(event, done)
      resolve()
    }
    for (const event of ['readable', 'end', 'close']) socket.on(event, done)
  })
}
