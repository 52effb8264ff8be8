// How other programs find a running daemon: daemon.json and the control token, in the data directory.
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writePrivateFile } from '../storage/private-file.ts'

export const DAEMON_FILE_NAME = 'daemon.json'
export const CONTROL_TOKEN_FILE_NAME = 'control-token'

const CONTROL_TOKEN_BYTES = 32

export const daemonInfoSchema = z.object({
  pid: z.int().min(1),
  instanceId: z.string(),
  proxyUrl: z.string(),
  controlUrl: z.string(),
  startedAtMs: z.int(),
  version: z.string(),
})
export type DaemonInfo = Readonly<z.infer<typeof daemonInfoSchema>>

export async function writeDaemonFile(directory: string, info: DaemonInfo): Promise<void> {
  await writePrivateFile(join(directory, DAEMON_FILE_NAME), `${JSON.stringify(info)}\n`)
}

/** Null when there is none, or none that can be understood. It may be a leftover: only an answer proves a daemon alive. */
export async function readDaemonFile(directory: string): Promise<DaemonInfo | null> {
  const text = await readIfPresent(join(directory, DAEMON_FILE_NAME))
  if (text === null) return null
  const parsed = daemonInfoSchema.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

/** Leaves the file of another daemon alone: it may have started after this one let go of the directory. */
export async function removeDaemonFile(directory: string, instanceId: string): Promise<void> {
  const info = await readDaemonFile(directory)
  if (info?.instanceId === instanceId) await rm(join(directory, DAEMON_FILE_NAME), { force: true })
}

/** Only for who holds the daemon lock: whoever wrote the file is dead then, and others would ask for it in vain. */
export async function removeLeftoverDaemonFile(directory: string): Promise<void> {
  await rm(join(directory, DAEMON_FILE_NAME), { force: true })
}

/** Makes a new token at every start, so that one that leaked ends with its daemon. */
export async function writeControlToken(directory: string): Promise<string> {
  const token = randomBytes(CONTROL_TOKEN_BYTES).toString('base64url')
  await writePrivateFile(join(directory, CONTROL_TOKEN_FILE_NAME), `${token}\n`)
  return token
}

/** Null when there is none. Rejects when it is there and may not be read. */
export async function readControlToken(directory: string): Promise<string | null> {
  const text = await readIfPresent(join(directory, CONTROL_TOKEN_FILE_NAME))
  const token = text?.trim()
  return token === undefined || token === '' ? null : token
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
