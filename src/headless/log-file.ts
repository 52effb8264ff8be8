// The daemon's log file, opened at its first line; lines of level error go to stderr as well, as text.
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'

const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

export function logPath(dataDirectory: string): string {
  return join(dataDirectory, 'logs', 'switchyard.log')
}

/** A disk that takes no more loses log lines, not requests: it is said once, on stderr. */
export function createLogFile(path: string, stderr: (text: string) => void): Writable {
  let file: Promise<FileHandle> | undefined
  let isBroken = false
  return new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      const line = String(chunk)
      const text = errorText(line)
      if (text !== null) stderr(`switchyard: ${text}\n`)
      // Not at start: the host checks the data directory before anything may be written there.
      file ??= openPrivately(path)
      file
        .then((handle) => handle.appendFile(line))
        .catch((error: unknown) => {
          if (!isBroken) stderr(`switchyard: the log ${path} cannot be written: ${String(error)}\n`)
          isBroken = true
        })
        .finally(() => done())
    },
    final: (done) => {
      const closed = file === undefined ? Promise.resolve() : file.then((handle) => handle.close())
      closed.catch(() => undefined).finally(() => done())
    },
  })
}

async function openPrivately(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE })
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants
  // Windows has no O_NOFOLLOW.
  const handle = await open(path, O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0), FILE_MODE)
  await handle.chmod(FILE_MODE)
  return handle
}

function errorText(line: string): string | null {
  if (!line.includes('"level":"error"') && !line.includes('"level":"fatal"')) return null
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? String(entry.msg) : null
  } catch {
    return null
  }
}
