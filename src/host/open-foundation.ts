// What a host stands on: its data directory, locked, with database, settings and vault open. Closed in reverse order.

import { acquireDaemonLock, type DaemonLock } from '../storage/daemon-lock.ts'
import { prepareDataDirectory, tidyDataDirectory } from '../storage/data-directory.ts'
import { openVault, type Vault } from '../storage/secrets/vault.ts'
import type { Storage } from '../storage/storage.ts'
import { readDaemonFile, removeDaemonFile, removeLeftoverDaemonFile, writeControlToken } from './daemon-file.ts'
import { HostError, type HostErrorCode, messageOf } from './host-error.ts'
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
  readonly instanceId: string
  readonly openStorage: (options: { readonly directory: string }) => Promise<Storage>
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
    const settings = createSettingsService({ environment, stored, save: storage.saveSetting })
    const { keys } = await explain('database', storage.loadRegistry)
    // A key file made anew could never open what the old one sealed.
    const expectExisting = keys.length > 0
    const vault = await explain('vault', () => openVault({ directory: dataDirectory, expectExisting }))
    const controlToken = await explain('data-directory', () => writeControlToken(dataDirectory))
    return { storage, settings, vault, controlToken, close: () => opened.disposeAsync() }
  } catch (error) {
    // Why it could not start is what the user must hear, whatever closing says.
    await opened.disposeAsync().catch(() => undefined)
    throw error
  }
}

async function lockDirectory(directory: string): Promise<DaemonLock> {
  const lock = await explain('data-directory', () => acquireDaemonLock(directory))
  if (lock !== null) return lock
  throw new HostError('already-running', await alreadyRunningMessage(directory))
}

async function alreadyRunningMessage(directory: string): Promise<string> {
  const daemon = await readDaemonFile(directory)
  if (daemon === null) {
    return `Another Switchyard is starting or stopping on the data directory ${directory}. Try again in a moment, or choose another directory with --data-dir.`
  }
  return `Switchyard is already running on the data directory ${directory} (pid ${daemon.pid}): proxy ${daemon.proxyUrl}, control ${daemon.controlUrl}. Use it, stop it, or choose another directory with --data-dir.`
}

/** The sentence of the error stands; the code says which step failed. */
async function explain<T>(code: HostErrorCode, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw new HostError(code, messageOf(error), error)
  }
}
