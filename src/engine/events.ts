// Facts the engine tells while an exchange lives: for `tail` and, later, the live pages. Past tense, nothing waits for them.
import type { EngineEvent } from '../shared/contract/engine-event.ts'

export type EngineEvents = {
  readonly tell: (event: EngineEvent) => void
  /** Returns the unsubscribe; a listener must not throw. */
  readonly subscribe: (listener: (event: EngineEvent) => void) => () => void
}

export function createEngineEvents(): EngineEvents {
  const listeners = new Set<(event: EngineEvent) => void>()
  return {
    tell: (event) => {
      for (const listener of listeners) listener(event)
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
