// What the control plane refuses, as data with the contract's codes, and the one place that turns it into a reply.
import { ORPCError, ValidationError } from '@orpc/server'
import { type SentenceCode, speak } from '../../shared/text/speak.ts'
import type { Parameters, Spoken } from '../../shared/text/spoken.ts'
import { VaultError, type VaultErrorCode } from '../../storage/secrets/vault.ts'
import { StorageError, type StorageErrorCode } from '../../storage/storage.ts'
import { messageOf } from '../host-error.ts'
import type { HostLog } from '../logs/create-log.ts'

const statuses = {
  NOT_FOUND: 404,
  DUPLICATE_NAME: 409,
  REFUSED: 422,
  VAULT_LOCKED: 423,
  STORAGE_UNAVAILABLE: 503,
} as const

export type ControlErrorCode = keyof typeof statuses

/** The sentence goes to the user as it is: what happened, to what, what to do. */
export class ControlError extends Error {
  readonly code: ControlErrorCode
  readonly said: Spoken
  /** With a sentence of the catalogue and its parameters, or one that was spoken already (by the engine). */
  constructor(code: ControlErrorCode, sentence: SentenceCode | Spoken, parameters: Parameters = {}) {
    const said = typeof sentence === 'string' ? speak(sentence, parameters) : sentence
    super(said.text)
    this.name = 'ControlError'
    this.code = code
    this.said = said
  }
}

/** What a handler threw → what the client gets. Errors nobody foresaw are logged here; the client learns only that. */
export function toReply(error: unknown, log: HostLog): unknown {
  if (error instanceof ControlError) return reply(error.code, error.message, error.said)
  if (error instanceof VaultError) return reply(codeOfVaultError(error.code), error.message, error.spoken)
  if (error instanceof StorageError) return reply(codeOfStorageError(error.code), error.message)
  // Whoever asked has gone away.
  if (error instanceof Error && error.name === 'AbortError') return error
  // A reply of ours that does not fit the contract is an ORPCError too, and as much a fault.
  const isExpected = error instanceof ORPCError && error.status < 500
  if (!isExpected) log('error', 'control', `A control request failed: ${messageOf(error)} ${causeOf(error)}`)
  return error
}

/** Of an answer that does not fit the contract: where and why. The library's error holds the answer too, key and all. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof ValidationError) return `(${JSON.stringify(cause.issues)})`
  return cause === undefined ? '' : `(${messageOf(cause)})`
}

/** A defined error of the contract: oRPC checks code and status against it. */
function reply(code: ControlErrorCode, message: string, data?: Spoken): ORPCError<ControlErrorCode, unknown> {
  return new ORPCError<ControlErrorCode, unknown>(code, { status: statuses[code], message, data })
}

function codeOfVaultError(code: VaultErrorCode): ControlErrorCode {
  switch (code) {
    case 'locked':
    case 'damaged':
      return 'VAULT_LOCKED'
    case 'wrong-passphrase':
    case 'refused':
    case 'not-readable':
    case 'unknown-format':
      return 'REFUSED'
    case 'file-unusable':
      return 'STORAGE_UNAVAILABLE'
  }
}

function codeOfStorageError(code: StorageErrorCode): ControlErrorCode {
  switch (code) {
    case 'duplicate-name':
      return 'DUPLICATE_NAME'
    case 'not-found':
      return 'NOT_FOUND'
    case 'busy':
    case 'full':
    case 'read-only':
    case 'corrupt':
    case 'newer':
    case 'closed':
    case 'failed':
      return 'STORAGE_UNAVAILABLE'
  }
}
