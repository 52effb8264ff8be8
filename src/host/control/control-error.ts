// What the control plane refuses, as data with the contract's codes, and the one place that turns it into a reply.
import { ORPCError } from '@orpc/server'
import { StorageError, type StorageErrorCode } from '../../storage/storage.ts'
import { messageOf } from '../host-error.ts'
import type { HostLog } from '../logs/create-log.ts'

const statuses = { NOT_FOUND: 404, DUPLICATE_NAME: 409, REFUSED: 422, STORAGE_UNAVAILABLE: 503 } as const

export type ControlErrorCode = keyof typeof statuses

/** The message goes to the user as it is: what happened, to what, what to do. */
export class ControlError extends Error {
  readonly code: ControlErrorCode
  constructor(code: ControlErrorCode, message: string) {
    super(message)
    this.name = 'ControlError'
    this.code = code
  }
}

/** What a handler threw → what the client gets. Errors nobody foresaw are logged here; the client learns only that. */
export function toReply(error: unknown, log: HostLog): unknown {
  if (error instanceof ControlError) return reply(error.code, error.message)
  if (error instanceof StorageError) return reply(codeOfStorageError(error.code), error.message)
  // A reply of ours that does not fit the contract is an ORPCError too, and as much a fault.
  const isExpected = error instanceof ORPCError && error.status < 500
  if (!isExpected) log('error', 'control', `A control request failed: ${messageOf(error)} ${causeOf(error)}`)
  return error
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? `(${JSON.stringify(error.cause)})` : ''
}

/** A defined error of the contract: oRPC checks code and status against it. */
function reply(code: ControlErrorCode, message: string): ORPCError<ControlErrorCode, undefined> {
  return new ORPCError(code, { status: statuses[code], message })
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
