// The vault's data key as a file: 32 random bytes, 0600, made once and never replaced.
import { randomBytes } from 'node:crypto'
import { constants, open } from 'node:fs/promises'
import { createPrivateFile, noFollow, PRIVATE_FILE_MODE } from '../private-file.ts'
import { VaultError } from './vault-error.ts'

const KEY_BYTES = 32

/** Rejects with `key-file-missing` when there is none: secrets are sealed with it, and a new key could not open them. */
export async function readKeyFile(path: string): Promise<Uint8Array> {
  const key = await readKey(path)
  if (key !== null) return key
  const text = `The key file ${path} is missing, and the stored API keys cannot be opened without it; restore ${path} from a backup, or remove the nodes and add them with their keys again.`
  throw new VaultError('key-file-missing', text)
}

/** Two processes that create it at once end up with the same key: the first one's. */
export async function readOrCreateKeyFile(path: string): Promise<Uint8Array> {
  const existing = await readKey(path)
  if (existing !== null) return existing
  try {
    await createPrivateFile(path, randomBytes(KEY_BYTES))
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') {
      const text = `The key file ${path} cannot be created (${errorCode(cause)}); make its directory writable for your user.`
      throw new VaultError('key-file-unusable', text)
    }
  }
  return readKeyFile(path)
}

/** Null when there is no such file. Repairs a mode that lets others read it. */
async function readKey(path: string): Promise<Uint8Array | null> {
  let content: Uint8Array
  try {
    const file = await open(path, constants.O_RDONLY | noFollow())
    try {
      const { mode } = await file.stat()
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) await file.chmod(PRIVATE_FILE_MODE)
      content = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null
    const text = `The key file ${path} cannot be read (${errorCode(cause)}); it must be an ordinary file that belongs to your user.`
    throw new VaultError('key-file-unusable', text)
  }
  if (content.length === KEY_BYTES) return content
  const text = `The key file ${path} is ${content.length} bytes long instead of ${KEY_BYTES}; it is damaged: restore it from a backup.`
  throw new VaultError('key-file-invalid', text)
}

function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
}
