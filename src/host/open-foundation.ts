// What a host stands on: its data directory, locked, with database, settings and vault open. Closed in reverse order.

import { speak } from '../shared/text/speak.ts'
import { acquireDaemonLock, type DaemonLock } from '../storage/daemon-lock.ts'
import { prepareDataDirectory, tidyDataDirectory } from '../storage/data-directory.ts'
import { openVault, type ScryptCost, type Vault } from '../storage/secrets/vault.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import { readDaemonFile, removeDaemonFile, removeLeftoverDaemonFile, writeControlToken } from './daemon-file.ts'
import { databaseError, HostError, type HostErrorCode, hostError, messageOf, spokenOf } from './host-error.ts'
import { createSettingsService, type SettingsService } from './settings-service.ts'

export type Foundation = {
  readonly storage: Storage
  readonly settings: SettingsService
  readonly vault: Vault
  readonly controlToken: string
  /** Closes the database, takes daemon.json away, lets go of the directory. Idempotent. */
  readonly close: () => Promise<void>
}

export type FoundationOptions = {
  readonly dataDirectory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Opens a vault that is protected by one; null when none was given. */
  readonly vaultPassphrase: string | null
  readonly instanceId: string
  readonly openStorage: (options: { readonly directory: string }) => Promise<Storage>
  /** Null: what is right for people's passphrases. */
  readonly scryptCost: ScryptCost | null
}

/** Rejects with a HostError; nothing stays open then. */
export async function openFoundation(options: FoundationOptions): Promise<Foundation> {
  const { dataDirectory, environment, instanceId } = options
  await explain('data-directory', () => prepareDataDirectory(dataDirectory))
  const opened = new AsyncDisposableStack()
  try {
    const lock = await lockDirectory(dataDirectory)
    opened.defer(lock.release)
    opened.defer(() => removeDaemonFile(dataDirectory, instanceId))
    await explain('data-directory', () => removeLeftoverDaemonFile(dataDirectory))
    await explain('data-directory', () => tidyDataDirectory(dataDirectory))
    const storage = await explain('database', () => options.openStorage({ directory: dataDirectory }))
    opened.defer(storage.close)
    const stored = await explain('database', storage.loadSettings)
    const settings = createSettingsService({ environment, stored, save: (...args) => storage.saveSettings(...args) })
    const vault = await explain('vault', () => openTheVault(options, storage))
    opened.defer(vault.close)
    const controlToken = await explain('data-directory', () => writeControlToken(dataDirectory))
    return { storage, settings, vault, controlToken, close: () => opened.disposeAsync() }
  } catch (error) {
    // Why it could not start is what the user must hear, whatever closing says.
    await opened.disposeAsync().catch(() => undefined)
    throw error
  }
}

/** systemd.exec(5), Credentials: the directory is named in the environment of the service. */
function openTheVault(options: FoundationOptions, database: Storage): Promise<Vault> {
  const { dataDirectory: directory, environment, vaultPassphrase: passphrase, scryptCost } = options
  const credentialsDirectory = environment['CREDENTIALS_DIRECTORY'] || null
  return openVault({ directory, database, passphrase, credentialsDirectory, ...(scryptCost && { scryptCost }) })
}

async function lockDirectory(directory: string): Promise<DaemonLock> {
  const lock = await explain('data-directory', () => acquireDaemonLock(directory))
  if (lock !== null) return lock
  throw await alreadyRunning(directory)
}

async function alreadyRunning(directory: string): Promise<HostError> {
  const daemon = await readDaemonFile(directory)
  if (daemon === null) return hostError('already-running', 'already-starting', { directory })
  const { pid, proxyUrl, controlUrl } = daemon
  return hostError('already-running', 'already-running', { directory, pid, proxyUrl, controlUrl })
}

/** The sentence of the error stands; the code says which step failed. */
async function explain<T>(code: HostErrorCode, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof StorageError) throw databaseError(error)
    throw new HostError(code, {
      spoken: spokenOf(error) ?? speak('start-failed', { detail: messageOf(error) }),
      cause: error,
    })
  }
}
