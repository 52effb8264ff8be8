// The storage without threads: the worker's sessions answer in the test's own thread, where coverage is counted.
import { join } from 'node:path'
import type { Connection } from '../../src/storage/connection.ts'
import { createStorage, DATABASE_FILE_NAME } from '../../src/storage/open-storage.ts'
import { createSession, type Session } from '../../src/storage/session.ts'
import { type Storage, StorageError } from '../../src/storage/storage.ts'

export async function openOnOneThread(directory: string): Promise<Storage> {
  const shared = { file: join(directory, DATABASE_FILE_NAME), busyTimeoutMs: 20 }
  const writer = createSession({ ...shared, role: 'writer' })
  const reader = createSession({ ...shared, role: 'reader' })
  await ask(writer, 'open', [])
  await ask(reader, 'open', [])
  return createStorage(connect(writer), connect(reader))
}

function connect<Method extends keyof Storage>(session: Session): Connection<Method> {
  return {
    open: async () => {
      await ask(session, 'open', [])
    },
    // The same typed bridge as in worker-client.ts.
    call: (method, ...args) => ask(session, method, args) as ReturnType<Storage[typeof method]>,
    close: async () => {
      if (!session.isClosed()) await ask(session, 'close', [])
    },
  }
}

/** Cloned both ways, as a message would be. */
async function ask(session: Session, method: string, args: readonly unknown[]): Promise<unknown> {
  const reply = structuredClone(session.answer(structuredClone({ id: 1, method, args })))
  if (!reply.ok) throw new StorageError(reply.code, reply.message)
  return reply.value
}
