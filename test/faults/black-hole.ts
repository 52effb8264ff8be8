// A port of this machine that never answers a connect: its listener's thread sleeps and its queue is full, so the kernel
// drops every further SYN. What a host behind a silent firewall looks like, with nothing simulated.
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

/** The base URL; gone when the test ends. */
export async function startBlackHole(): Promise<string> {
  const worker = new Worker(LISTENER, { eval: true })
  const fillers: Socket[] = []
  onTestFinished(async () => {
    for (const socket of fillers) socket.destroy()
    await worker.terminate()
  })
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  worker.once('message', resolve)
  worker.once('error', reject)
  const port = await promise
  // Linux takes one more than the backlog; each of these is answered, so the next one is not.
  for (let filler = 0; filler < BACKLOG + 1; filler++) fillers.push(await connected(port))
  return `http://127.0.0.1:${port}`
}

const BACKLOG = 1

/** Tells its port, then blocks its own event loop for good: what connects is queued and never accepted. */
const LISTENER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: ${BACKLOG} }, () => {
    parentPort.postMessage(server.address().port)
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
  })
`

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(socket))
    socket.on('error', reject)
  })
}
