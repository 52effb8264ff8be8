// What of one node is set aside and until when: the node itself, its keys, models it turned out not to have.
// None of it is the breaker's business: a 429 or an empty account says nothing about the node's health.
import type { Settings } from '../../shared/settings/settings.ts'
import type { SetAside } from '../classify/verdict.ts'
import type { OpenKey } from '../ports.ts'
import type { Aside } from './lease.ts'

export type KeyAside = Aside & { readonly as: 'throttled' | 'refused' }

export type SetAsideTarget = {
  readonly keyId: string | null
  /** As sent: under another name the node may have it. */
  readonly model: string
  readonly reason: string
  /** Monotonic. */
  readonly nowMs: number
  readonly settings: Pick<Settings, 'throttleCooldownMs' | 'throttleCooldownMaxMs'>
}

/** All times are monotonic. */
export class SetAsides {
  #cooling: Aside | null = null
  #parked: Aside | null = null
  #parkProbe = false
  readonly #keys = new Map<string, KeyAside>()
  /** 429s in a row, by key. */
  readonly #throttles = new Map<string, number>()
  readonly #modelGaps = new Map<string, Aside>()

  cooling(nowMs: number): Aside | null {
    return current(this.#cooling, nowMs)
  }
  /** Also when the time is over but the one request that may try again is under way. */
  parked(nowMs: number): Aside | null {
    if (this.#parked !== null && this.#parkProbe) return this.#parked
    return current(this.#parked, nowMs)
  }
  modelGap(model: string, nowMs: number): Aside | null {
    return current(this.#modelGaps.get(model), nowMs)
  }
  key(keyId: string, nowMs: number): KeyAside | null {
    return current(this.#keys.get(keyId), nowMs)
  }

  /** Returns the deadline, so that it can be told. */
  set(aside: SetAside, target: SetAsideTarget): Aside {
    const until = (forMs: number): Aside => ({ untilMs: target.nowMs + forMs, reason: target.reason })
    switch (aside.what) {
      case 'model': {
        const gap = until(aside.forMs)
        for (const [model, { untilMs }] of this.#modelGaps) if (untilMs <= target.nowMs) this.#modelGaps.delete(model)
        this.#modelGaps.set(target.model, gap)
        return gap
      }
      case 'key': {
        const forMs = aside.as === 'throttled' ? (aside.forMs ?? this.#nextThrottleMs(target)) : aside.forMs
        const deadline = until(forMs)
        // A node without keys has nothing but itself to set aside.
        if (target.keyId === null) this.#cooling = deadline
        else this.#keys.set(target.keyId, { ...deadline, as: aside.as })
        return deadline
      }
      case 'node': {
        const deadline = until(aside.forMs)
        if (aside.as === 'parked') this.#parked = deadline
        else this.#cooling = deadline
        return deadline
      }
    }
  }

  /** A request of a parked node whose time is over is the only one until `endParkProbe`; false: the node is not parked. */
  beginParkProbe(): boolean {
    if (this.#parked === null) return false
    this.#parkProbe = true
    return true
  }
  endParkProbe(): void {
    this.#parkProbe = false
  }

  forgiveAfterSuccess(keyId: string | null): void {
    this.#parked = null
    this.#throttles.delete(keyId ?? '')
  }
  /** What the node itself did is forgotten, what its keys did is not. */
  forgiveNode(): void {
    this.#parked = null
    this.#cooling = null
  }
  forgiveKeys(): void {
    this.#keys.clear()
    this.#throttles.clear()
  }
  keepKeys(keys: readonly OpenKey[]): void {
    const ids = new Set(keys.map(({ id }) => id))
    for (const id of this.#keys.keys()) if (!ids.has(id)) this.#keys.delete(id)
    for (const id of this.#throttles.keys()) if (!ids.has(id)) this.#throttles.delete(id)
  }
  clear(): void {
    this.forgiveNode()
    this.forgiveKeys()
    this.#modelGaps.clear()
  }

  #nextThrottleMs({ keyId, settings }: SetAsideTarget): number {
    const id = keyId ?? ''
    const before = this.#throttles.get(id) ?? 0
    this.#throttles.set(id, before + 1)
    return Math.min(settings.throttleCooldownMs * 2 ** before, settings.throttleCooldownMaxMs)
  }
}

/** Null when its time is over. */
function current<T extends Aside>(aside: T | null | undefined, nowMs: number): T | null {
  return aside !== null && aside !== undefined && aside.untilMs > nowMs ? aside : null
}
