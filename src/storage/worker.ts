// Entry of a storage worker thread: answers one request after the other on its own SQLite connection.
import { parentPort, workerData } from 'node:worker_threads'
import type { Request } from './connection.ts'
import { createSession, sessionOptionsSchema } from './session.ts'

if (parentPort === null) throw new Error('worker.ts runs as a worker thread only')
const port = parentPort
const session = createSession(sessionOptionsSchema.parse(workerData))

port.on('message', (request: Request) => {
  port.postMessage(session.answer(request))
  // Without its port the thread has nothing left to wait for and ends by itself.
  if (session.isClosed()) port.close()
})
