// Waiting for something the test can see, without sleeping: look now, and again whenever somebody pokes.

/** A wait that outlives this is a failed test, not a slow one. */
export const WAIT_LIMIT_MS = 10_000

export type Condition = {
  /** Something changed: everybody looks again. */
  readonly poke: () => void
  /** Resolves with what `look` gives as soon as it is not undefined; rejects with `what` after `timeoutMs` of real time. */
  readonly until: <T>(look: () => T | undefined, what: () => string, timeoutMs?: number) => Promise<T>
}

export function createCondition(): Condition {
  const lookers = new Set<() => void>()
  return {
    poke: () => {
      for (const lookAgain of lookers) lookAgain()
    },
    until: (look, what, timeoutMs = WAIT_LIMIT_MS) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          lookers.delete(lookAgain)
          reject(new Error(`waited ${timeoutMs} ms for ${what()}`))
        }, timeoutMs)
        const lookAgain = (): void => {
          const found = look()
          if (found === undefined) return
          clearTimeout(limit)
          lookers.delete(lookAgain)
          resolve(found)
        }
        lookers.add(lookAgain)
        lookAgain()
      }),
  }
}
