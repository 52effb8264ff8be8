// Tells an exchange that it is over before its end: the client left, or Switchyard stops. Lighter than an AbortSignal.

export type CancelReason = 'client-gone' | 'stopping'
export type Cancellation = {
  readonly reason: () => CancelReason | null
  /** The first reason counts. */
  readonly cancel: (reason: CancelReason) => void
  /** Runs at once when it is cancelled already. Returns the unsubscribe. */
  readonly onCancel: (listener: () => void) => () => void
}

export function createCancellation(): Cancellation {
  let reason: CancelReason | null = null
  const listeners = new Set<() => void>()
  return {
    reason: () => reason,
    cancel: (why) => {
      if (reason !== null) return
      reason = why
      for (const listener of listeners) listener()
      listeners.clear()
    },
    onCancel: (listener) => {
      if (reason === null) listeners.add(listener)
      else listener()
      return () => listeners.delete(listener)
    },
  }
}
