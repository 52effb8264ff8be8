// May this node serve this request now, and if not, why not: the question of every selection and of `explain`.
import type { Protocol } from '../../shared/model/protocol.ts'
import type { BreakerStanding } from '../nodes/breaker-view.ts'
import type { LiveNode } from '../nodes/live-node.ts'
import { sentModelOf } from '../nodes/model-mapping.ts'
import type { OpenKey } from '../ports.ts'

export type CandidateQuery = {
  readonly protocol: Protocol
  readonly model: string
  /** Nodes this exchange is done with. */
  readonly tried: ReadonlySet<string>
  /** Keys this exchange is done with. */
  readonly triedKeys: ReadonlySet<string>
  /** Nodes of this origin are left out; null: none. */
  readonly exceptOrigin: string | null
}

/** For a request that has tried nothing yet. */
export function openQuery(protocol: Protocol, model: string): CandidateQuery {
  return { protocol, model, tried: none, triedKeys: none, exceptOrigin: null }
}

const none: ReadonlySet<string> = new Set()

export type Candidate = {
  readonly node: LiveNode
  readonly keys: readonly (OpenKey | null)[]
  /** The model as it is sent. */
  readonly model: string
  readonly breaker: BreakerStanding
}

export type Ineligibility =
  | 'disabled'
  | 'other-protocol'
  | 'no-model'
  | 'tried'
  | 'same-origin'
  | 'isolated'
  | 'parked'
  | 'cooling'
  | 'model-gap'
  | 'keys-refused'
  | 'keys-throttled'
  | 'keys-withheld'
  | 'busy'

export type Candidacy =
  | { readonly eligible: true; readonly candidate: Candidate }
  | {
      readonly eligible: false
      readonly node: LiveNode
      readonly why: Ineligibility
      /** What set it aside: "answered 429". Null where `why` says it all. */
      readonly reason: string | null
      /** Monotonic; null when it is not a matter of time. */
      readonly dueMs: number | null
    }

export function candidacyOf(node: LiveNode, query: CandidateQuery, nowMs: number): Candidacy {
  const settings = node.node
  const not = (why: Ineligibility, aside: { untilMs: number; reason: string } | null = null): Candidacy => ({
    eligible: false,
    node,
    why,
    reason: aside?.reason ?? null,
    dueMs: aside?.untilMs ?? null,
  })
  if (!settings.enabled) return not('disabled')
  if (settings.protocol !== query.protocol) return not('other-protocol')
  const model = sentModelOf(settings, query.model)
  if (model === null) return not('no-model')
  if (query.tried.has(settings.id)) return not('tried')
  if (query.exceptOrigin !== null && node.base.origin === query.exceptOrigin) return not('same-origin')
  if (node.isolated) return not('isolated')
  const parked = node.parked(nowMs)
  if (parked !== null) return not('parked', parked)
  const cooling = node.cooling(nowMs)
  if (cooling !== null) return not('cooling', cooling)
  const gap = node.modelGap(model, nowMs)
  if (gap !== null) return not('model-gap', gap)
  const aside = node.allKeysAside(nowMs)
  if (aside !== null) return not(aside.as === 'refused' ? 'keys-refused' : 'keys-throttled', aside)
  if (node.keysWithheld) return not('keys-withheld')
  const keys = node.usableKeys(nowMs).filter((key) => key === null || !query.triedKeys.has(key.id))
  if (keys.length === 0) return not('tried')
  if (settings.maxConcurrent !== null && node.inFlight >= settings.maxConcurrent) return not('busy')
  return { eligible: true, candidate: { node, keys, model, breaker: node.breakerStanding(nowMs) } }
}

/** For people: what errors and `explain` say of a node that is left out. */
export const ineligibilityText: Readonly<Record<Ineligibility, string>> = {
  disabled: 'it is disabled',
  'other-protocol': 'it speaks another protocol',
  isolated: 'it is isolated',
  'no-model': 'it does not have the model',
  'model-gap': 'it said it does not have the model',
  'keys-refused': 'its key was refused',
  parked: 'its account is out of funds',
  tried: 'it was tried',
  'same-origin': 'it has the origin of a node that refused the request',
  cooling: 'it cools down',
  'keys-throttled': 'its key is throttled',
  'keys-withheld': 'none of its keys can be used: they are disabled, or the vault cannot open them',
  busy: 'it has as many requests as it may',
}
