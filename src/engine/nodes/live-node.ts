// The live state of one node, in one place: breaker, requests in flight, what is set aside and until when.
import type { PersistedBreaker } from '../../shared/model/breaker.ts'
import type { Node } from '../../shared/model/node.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { BreakerReport } from '../classify/verdict.ts'
import type { Clock, KeyedNode, OpenKey, Random } from '../ports.ts'
import { type NodeWay, nodeWay } from '../upstream/node-way.ts'
import { samePlace, type UpstreamBase } from '../upstream/target.ts'
import { isolateBreaker, resetBreaker } from './breaker-commands.ts'
import { persistBreaker, restoreBreaker } from './breaker-persistence.ts'
import { breakerPolicy } from './breaker-policy.ts'
import { type BreakerStanding, type BreakerView, breakerStanding, breakerView } from './breaker-view.ts'
import { type Breaker, forcePermit, newBreaker, type Permit, requestPermit, settlePermit } from './circuit-breaker.ts'
import type { Aside, Lease, LeasedNode } from './lease.ts'
import { type KeyAside, SetAsides } from './set-asides.ts'

export type LiveNodeRoom = {
  readonly clock: Clock
  readonly random: Random
  readonly settings: () => Settings
  /** The breaker's state, as read now, is not what it was when it was last told. */
  readonly onBreakerChanged: (node: LiveNode, change: BreakerChange) => void
}

export type BreakerChange = {
  readonly before: BreakerView
  readonly after: BreakerView
  /** `forgotten`: by its user, who reset the node or moved it. */
  readonly why: 'results' | 'forgotten'
}

export class LiveNode implements LeasedNode {
  readonly #room: LiveNodeRoom
  #keyed: KeyedNode
  #way: NodeWay
  #breaker: Breaker
  #toldView: BreakerView
  #inFlight = 0
  #unansweredConnects = 0
  readonly #asides = new SetAsides()

  constructor(keyed: KeyedNode, persisted: PersistedBreaker | null, room: LiveNodeRoom) {
    this.#room = room
    this.#keyed = keyed
    this.#way = nodeWay(keyed, null)
    const nowMs = room.clock.monotonicMs()
    const clampMs = room.settings().breakerRestoreClampMs
    this.#breaker =
      persisted === null
        ? newBreaker(nowMs)
        : restoreBreaker(persisted, { nowMs, wallMs: room.clock.wallMs(), clampMs })
    this.#toldView = this.breakerView(nowMs)
  }

  get node(): Node {
    return this.#keyed.node
  }
  get base(): UpstreamBase {
    return this.#way.base
  }
  get way(): NodeWay {
    return this.#way
  }
  get inFlight(): number {
    return this.#inFlight
  }
  get unansweredConnects(): number {
    return this.#unansweredConnects
  }
  get isolated(): boolean {
    return this.#breaker.isolated
  }

  /** New settings of the same node; live state stays, that of keys which are gone goes. */
  update(keyed: KeyedNode): void {
    const before = this.#keyed
    this.#keyed = keyed
    this.#way = nodeWay(keyed, { of: before, way: this.#way })
    const ids = new Set(keyed.keys.map((key) => key.id))
    // Another place, another form of the keys, or only new ones: what the old did says nothing of it, and the user waits for it to work.
    const renewed = before.keys.length > 0 && !before.keys.some(({ id }) => ids.has(id))
    if (renewed) this.#asides.forgiveNode()
    if (before.node.auth !== keyed.node.auth) this.#asides.forgiveKeys()
    if (before.node.baseUrl !== keyed.node.baseUrl) this.#forgetAll({ isolated: this.isolated })
    this.#asides.keepKeys(keyed.keys)
  }

  /** In the order they are tried. A node without keys needs none: one entry, null. */
  usableKeys(nowMs: number): readonly (OpenKey | null)[] {
    if (this.#keyed.keys.length === 0) return this.#keyed.keysWithheld ? [] : [null]
    return this.#keyed.keys.filter((key) => this.#asides.key(key.id, nowMs) === null)
  }
  usableAndAsideKeys(): readonly OpenKey[] {
    return this.#keyed.keys
  }
  keyAside(keyId: string, nowMs: number): KeyAside | null {
    return this.#asides.key(keyId, nowMs)
  }
  get keysWithheld(): boolean {
    return this.#keyed.keysWithheld
  }
  /** When every key is set aside: the one that is due first. */
  allKeysAside(nowMs: number): KeyAside | null {
    if (this.usableKeys(nowMs).length > 0) return null
    const asides = this.#keyed.keys.flatMap((key) => this.keyAside(key.id, nowMs) ?? [])
    return asides.toSorted((a, b) => a.untilMs - b.untilMs)[0] ?? null
  }
  cooling(nowMs: number): Aside | null {
    return this.#asides.cooling(nowMs)
  }
  /** Also when the time is over but the one request that may try again is under way. */
  parked(nowMs: number): Aside | null {
    return this.#asides.parked(nowMs)
  }
  modelGap(model: string, nowMs: number): Aside | null {
    return this.#asides.modelGap(model, nowMs)
  }

  breakerStanding(nowMs: number): BreakerStanding {
    return breakerStanding(this.#breaker, nowMs)
  }
  breakerView(nowMs: number): BreakerView {
    return breakerView(this.#policy(), this.#breaker, nowMs)
  }
  persistable(): PersistedBreaker {
    const { clock } = this.#room
    return persistBreaker(this.#breaker, { nodeId: this.node.id, nowMs: clock.monotonicMs(), wallMs: clock.wallMs() })
  }

  /** The breaker's permit and a place in flight; null when the breaker says no. `force` passes an open breaker, never an isolated one. */
  acquire(key: OpenKey | null, options: { readonly force: boolean }): Lease | null {
    const now = this.#room.clock.monotonicMs()
    const answer = options.force ? forcePermit(this.#breaker, now) : requestPermit(this.#breaker, now)
    this.#become(answer.state)
    if (answer.permit === null) return null
    this.#inFlight++
    return this.#lease({ key, permit: answer.permit, parkProbe: this.#asides.beginParkProbe() })
  }

  isolate(): void {
    this.#become(isolateBreaker(this.#breaker))
  }

  /** Everything that was held against it is forgotten. */
  reset(): void {
    this.#forgetAll({ isolated: false })
  }

  connectUnanswered(): () => void {
    this.#unansweredConnects++
    let settled = false
    return () => {
      if (!settled) this.#unansweredConnects--
      settled = true
    }
  }

  #forgetAll({ isolated }: { readonly isolated: boolean }): void {
    this.#asides.clear()
    this.#become({ ...resetBreaker(this.#breaker, this.#room.clock.monotonicMs()), isolated }, 'forgotten')
  }

  #lease(held: { key: OpenKey | null; permit: Permit; parkProbe: boolean }): Lease {
    let settled = false
    const way = this.#way
    const keyId = held.key?.id ?? null
    const report = (kind: BreakerReport | 'first-content') => {
      const now = this.#room.clock.monotonicMs()
      const { random } = this.#room
      this.#become(
        settlePermit(this.#policy(), this.#breaker, { permit: held.permit, report: kind, nowMs: now, random }),
      )
    }
    return {
      node: this,
      key: held.key,
      way,
      probe: held.permit.probe,
      firstContent: () => report('first-content'),
      settle: (kind) => {
        if (settled) return
        settled = true
        this.#inFlight--
        if (held.parkProbe) this.#asides.endParkProbe()
        if (kind === 'success') this.#asides.forgiveAfterSuccess(keyId)
        report(kind)
      },
      setAside: (aside, about) => {
        if (!samePlace(way.base, this.base)) return null
        const { clock, settings } = this.#room
        return this.#asides.set(aside, { ...about, keyId, nowMs: clock.monotonicMs(), settings: settings() })
      },
    }
  }

  #policy(): ReturnType<typeof breakerPolicy> {
    return breakerPolicy(this.#room.settings())
  }

  #become(breaker: Breaker, why: BreakerChange['why'] = 'results'): void {
    if (breaker === this.#breaker) return
    const samePhase = breaker.phase === this.#breaker.phase
    this.#breaker = breaker
    if (samePhase) return
    const after = this.breakerView(this.#room.clock.monotonicMs())
    if (after.state === this.#toldView.state && after.openUntilMs === this.#toldView.openUntilMs) return
    const before = this.#toldView
    this.#toldView = after
    this.#room.onBreakerChanged(this, { before, after, why })
  }
}
