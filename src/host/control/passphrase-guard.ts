// Slows guessing down: after a few wrong passphrases every further try has to wait, longer each time, up to a bound.
import type { Clock } from '../../engine/ports.ts'
import { VaultError } from '../../storage/secrets/vault.ts'

/** Typing it wrong costs nothing so far. */
const FREE_TRIES = 3
const FIRST_DELAY_MS = 1_000
/** Below the time after which the command line takes the daemon for hung, with what scrypt takes on a slow machine. */
const MAX_DELAY_MS = 8_000

export type PassphraseGuard = {
  /** One at a time: a second one is not tried, and hears when to come again. Rejects with what `act` rejects with. */
  readonly attempt: (
    act: () => Promise<void>,
    signal: AbortSignal | undefined,
  ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number }>
}

export function createPassphraseGuard(clock: Pick<Clock, 'monotonicMs' | 'startTimer'>): PassphraseGuard {
  let wrongTries = 0
  let endsMs: number | null = null

  async function tried(act: () => Promise<void>): Promise<void> {
    try {
      await act()
      wrongTries = 0
    } catch (error) {
      if (error instanceof VaultError && error.code === 'wrong-passphrase') wrongTries += 1
      throw error
    }
  }

  return {
    attempt: async (act, signal) => {
      const nowMs = clock.monotonicMs()
      if (endsMs !== null) return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil((endsMs - nowMs) / 1000)) }
      const waitMs = delayAfter(wrongTries)
      endsMs = nowMs + waitMs
      try {
        if (waitMs > 0 && !(await waited(clock, waitMs, signal))) return { ok: false, retryAfterSeconds: 1 }
        await tried(act)
        return { ok: true }
      } finally {
        endsMs = null
      }
    },
  }
}

function delayAfter(wrongTries: number): number {
  if (wrongTries < FREE_TRIES) return 0
  return Math.min(FIRST_DELAY_MS * 2 ** (wrongTries - FREE_TRIES), MAX_DELAY_MS)
}

/** False when the caller went away: nobody would hear the answer. */
function waited(clock: Pick<Clock, 'startTimer'>, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isOver: boolean): void => {
      timer.cancel()
      signal?.removeEventListener('abort', gone)
      resolve(isOver)
    }
    const gone = (): void => end(false)
    const timer = clock.startTimer(ms, () => end(true))
    if (signal?.aborted === true) gone()
    else signal?.addEventListener('abort', gone)
  })
}
