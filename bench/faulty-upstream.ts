// A node that fails every request at once, a process of its own: `reset` after the request, or `500`.
import { createServer } from 'node:net'
import { announcePort } from './start-process.ts'

const body = JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'Internal server error' } })
const answer500 = `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const kind = process.argv[2]

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  // The requests of this benchmark come in one piece, or in two of which the first is the head.
  socket.on('data', (chunk: Buffer) => {
    if (chunk.indexOf('\r\n\r\n') < 0) return
    if (kind === '500') socket.write(answer500)
    else socket.resetAndDestroy()
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => announcePort(server))
