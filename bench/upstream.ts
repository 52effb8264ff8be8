// The upstream of the benchmarks, a process of its own. On bare sockets, because what it costs is not to be measured:
// it reads just enough HTTP to find the end of a request, and answers with bytes that were made at start.
import { createServer, type Socket } from 'node:net'
import { ANSWER_HEADER, jsonAnswer, streamClosing, streamOpening, textDelta } from './answers.ts'
import { nowMicroseconds } from './clock.ts'
import { announcePort } from './start-process.ts'
import { parsePace, type StreamPace } from './stream-pace.ts'

const wholeAnswers = {
  'json-1k': wholeAnswer(jsonAnswer('json-1k')),
  'json-100k': wholeAnswer(jsonAnswer('json-100k')),
} as const

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'
const SMALL_STREAM_DELTAS = 9

/** As a model writes: the opening at once, some text, the rest; each a segment of its own. */
const smallStream: readonly Buffer[] = [
  Buffer.from(STREAM_HEAD + streamOpening.map(chunked).join('')),
  Buffer.from(Array.from({ length: SMALL_STREAM_DELTAS }, (_, at) => chunked(textDelta(`word ${at} `))).join('')),
  Buffer.from(streamClosing.map(chunked).join('') + LAST_CHUNK),
]

const server = createServer({ noDelay: true }, serve)
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announcePort(server))

function serve(socket: Socket): void {
  let head: Buffer = Buffer.alloc(0)
  let kind = ''
  let missing = 0
  // A client of a benchmark that ended breaks its connections.
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    if (missing > 0) {
      missing -= chunk.length
      if (missing <= 0) answer(socket, kind)
      return
    }
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const text = head.toString('latin1', 0, end)
    kind = answerPattern.exec(text)?.[1] ?? 'json-1k'
    missing = Number(lengthPattern.exec(text)?.[1] ?? 0) - (head.length - end - 4)
    head = Buffer.alloc(0)
    if (missing <= 0) answer(socket, kind)
  })
}

const answerPattern = new RegExp(`\\r\\n${ANSWER_HEADER}: *([^\\r]*)`, 'i')
const lengthPattern = /\r\ncontent-length: *(\d+)/i

function answer(socket: Socket, kind: string): void {
  if (kind === 'json-1k' || kind === 'json-100k') socket.write(wholeAnswers[kind])
  else if (kind === 'sse-small') writeInTurns(socket, 0)
  else pacedStream(socket, parsePace(kind))
}

function writeInTurns(socket: Socket, at: number): void {
  const piece = smallStream[at]
  if (piece === undefined) return
  socket.write(piece)
  setImmediate(writeInTurns, socket, at + 1)
}

/** Each delta carries the time at which it was written. */
function pacedStream(socket: Socket, { events, everyMs, phaseMs }: StreamPace): void {
  let sent = 0
  socket.write(STREAM_HEAD + streamOpening.map(chunked).join(''))
  const next = (): void => {
    if (socket.destroyed) return
    if (sent === events) {
      socket.write(streamClosing.map(chunked).join('') + LAST_CHUNK)
      return
    }
    sent++
    socket.write(chunked(textDelta(`t${nowMicroseconds()} word `)))
    setTimeout(next, everyMs)
  }
  setTimeout(next, phaseMs)
}

function wholeAnswer(body: Buffer): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function chunked(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
