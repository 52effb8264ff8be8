// What one exchange has tried so far, and what that leaves open.
import type { AttemptRecord } from '../../shared/model/exchange.ts'
import type { Verdict } from '../classify/verdict.ts'
import type { LeasedNode } from '../nodes/lease.ts'
import type { ErrorAnswer } from './answer.ts'
import type { Attempt } from './attempt.ts'

/** A node's 4xx that may be of this node only; passed on word for word when another origin says 4xx too. */
export type Refusal = { readonly attempt: Attempt; readonly answer: ErrorAnswer }

export class AttemptHistory {
  readonly records: AttemptRecord[] = []
  /** Nodes that are not to be chosen (again). */
  readonly tried = new Set<string>()
  readonly triedKeys = new Set<string>()
  /** Nodes that refused a signature: they get the request without the foreign thinking, others as it came. */
  readonly rectifiedFor = new Set<string>()
  /** The last verdict on each node, by node id. */
  readonly verdicts = new Map<string, { readonly node: LeasedNode; readonly verdict: Verdict }>()
  readonly #everTried = new Set<string>()
  readonly #secondKeyTaken = new Set<string>()
  #number = 0
  #costly = 0
  #secondRound = false
  #waited = false
  #refusal: Refusal | null = null

  nextNumber(): number {
    this.#number++
    return this.#number
  }
  get costly(): number {
    return this.#costly
  }
  get nodesTried(): number {
    return this.#everTried.size
  }
  get refusal(): Refusal | null {
    return this.#refusal
  }
  get waited(): boolean {
    return this.#waited
  }
  wasTried(nodeId: string): boolean {
    return this.#everTried.has(nodeId)
  }

  opened(attempt: Attempt): void {
    this.#everTried.add(attempt.selection.lease.node.node.id)
  }

  /** The node is done with, unless its verdict sends the exchange to its next key. */
  failed(attempt: Attempt, verdict: Verdict): void {
    const { node, key } = attempt.selection.lease
    const { id } = node.node
    if (verdict.costly) this.#costly++
    if (key !== null && verdict.move === 'next-key') this.triedKeys.add(key.id)
    const anotherKey = verdict.move === 'next-key' && key !== null && !this.#secondKeyTaken.has(id)
    if (anotherKey) this.#secondKeyTaken.add(id)
    else this.tried.add(id)
    this.verdicts.set(id, { node, verdict })
  }

  /** The same node once more, with what it refused taken out. */
  rectify(attempt: Attempt): void {
    const { id } = attempt.selection.lease.node.node
    this.rectifiedFor.add(id)
    this.tried.delete(id)
  }
  refuse(refusal: Refusal): void {
    this.#refusal = refusal
  }
  /** Nodes whose failure may have passed: network and server errors. */
  secondRoundNodes(): readonly string[] {
    return this.#secondRound
      ? []
      : [...this.verdicts].filter(([, { verdict }]) => verdict.secondRound).map(([id]) => id)
  }
  startSecondRound(): void {
    this.#secondRound = true
    for (const [id, { verdict }] of this.verdicts) if (verdict.secondRound) this.tried.delete(id)
  }
  /** After a wait for the node's own Retry-After. */
  startAfterWait(nodeIds: readonly string[]): void {
    this.#waited = true
    this.triedKeys.clear()
    for (const id of nodeIds) this.tried.delete(id)
  }
}
