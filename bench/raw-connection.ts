// One keep-alive connection of the load generator, on a bare socket: node:http would cost more than what it measures.
import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  /** Null: the connection broke before a head. */
  readonly status: number | null
  readonly bodyBytes: number
  /** False: the connection ended before the answer did. */
  readonly complete: boolean
}

type Running = {
  status: number | null
  /** Null: chunked. */
  length: number | null
  bodyBytes: number
  tail: string
  readonly done: (answer: RawAnswer) => void
  readonly onBody: ((chunk: Buffer) => void) | undefined
}

const LAST_CHUNK = '0\r\n\r\n'

/** One request at a time. Connects again by itself after a break. */
export class RawConnection {
  readonly #port: number
  #socket: Socket | null = null
  #running: Running | null = null
  #head: Buffer = Buffer.alloc(0)

  constructor(port: number) {
    this.#port = port
  }

  get busy(): boolean {
    return this.#running !== null
  }

  /** Never rejects. `onBody` sees the bytes behind the head, chunk sizes included. */
  send(request: Buffer, onBody?: (chunk: Buffer) => void): Promise<RawAnswer> {
    return new Promise((resolve) => {
      this.#running = { status: null, length: null, bodyBytes: 0, tail: '', done: resolve, onBody }
      this.#socket ??= this.#open()
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null
      this.#finish(false)
    })
    return socket
  }

  #receive(chunk: Buffer): void {
    const running = this.#running
    if (running === null) return
    if (running.status !== null) return this.#body(running, chunk)
    this.#head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const end = this.#head.indexOf('\r\n\r\n')
    if (end < 0) return
    const text = this.#head.toString('latin1', 0, end)
    const rest = this.#head.subarray(end + 4)
    this.#head = Buffer.alloc(0)
    running.status = Number(text.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
    running.length = length === undefined ? null : Number(length)
    this.#body(running, rest)
  }

  #body(running: Running, chunk: Buffer): void {
    running.bodyBytes += chunk.length
    if (chunk.length > 0) running.onBody?.(chunk)
    if (running.length !== null) {
      if (running.bodyBytes >= running.length) this.#finish(true)
      return
    }
    running.tail = (running.tail + chunk.toString('latin1', Math.max(0, chunk.length - LAST_CHUNK.length))).slice(
      -LAST_CHUNK.length,
    )
    if (running.tail === LAST_CHUNK) this.#finish(true)
  }

  #finish(complete: boolean): void {
    const running = this.#running
    if (running === null) return
    this.#running = null
    running.done({ status: running.status, bodyBytes: running.bodyBytes, complete })
  }
}
