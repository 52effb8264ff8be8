// What the client gets when no node could answer: chosen by what the client does with it (policies §2, client-contract).
import type { ClientKey } from '../../shared/model/client-key.ts'
import type { ErrorClass } from '../../shared/model/outcome.ts'
import {
  type Candidacy,
  candidacyOf,
  type Ineligibility,
  ineligibilityText,
  openQuery,
} from '../balancing/candidacy.ts'
import { ProxyError } from '../proxy-error.ts'
import { wordsForPools } from '../routing/route.ts'
import type { AttemptHistory } from './attempt-history.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'

const RETRY_AFTER_MIN_S = 1
const RETRY_AFTER_MAX_S = 20

/** What one node's failure means for the whole: `later` may pass by itself. */
type Standing = 'later' | 'credential' | 'funds' | 'withheld' | 'wrong-path' | 'no-model' | 'out'
type NodeStanding = {
  readonly name: string
  readonly standing: Standing
  readonly text: string
  readonly dueMs: number | null
}

export function finalError(job: AttemptJob, history: AttemptHistory, room: AttemptRoom): ProxyError {
  const nowMs = room.clock.monotonicMs()
  const query = openQuery(job.protocol.id, job.facts.model)
  const nodes = job.nodes().map((node) => standingOf(candidacyOf(node, query, nowMs), history, room.redact))
  const reasons = wordsOf(nodes)
  const counted = nodes.filter(({ standing }) => standing !== 'out')
  if (counted.length === 0) return noNode(job.clientKey, reasons)
  const due = counted.flatMap(({ standing, dueMs }) => (standing === 'later' ? [dueMs ?? nowMs] : []))
  if (due.length === 0) return deadEnd(job, new Set(counted.map(({ standing }) => standing)), reasons)
  const waitSeconds = Math.ceil((Math.min(...due) - nowMs) / 1000)
  return new ProxyError('nodes-failed', `no node could answer now (${reasons}).${noOther(job.clientKey)}`, {
    retryAfterSeconds: Math.min(RETRY_AFTER_MAX_S, Math.max(RETRY_AFTER_MIN_S, waitSeconds)),
  })
}

/** A tool shows this to a person: a pool of a thousand nodes is not listed. */
const NAMED_NODES_MAX = 5

function wordsOf(nodes: readonly NodeStanding[]): string {
  const named = nodes.slice(0, NAMED_NODES_MAX).map(({ name, text }) => `${name}: ${text}`)
  const more = nodes.length - named.length
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

/** Somebody may add or enable one while the tool tries again. */
function noNode(key: ClientKey, reasons: string): ProxyError {
  return new ProxyError('no-node', `${isStrict(key) ? noPinnedNode(key, reasons) : noNodeOfPools(key, reasons)}.`, {
    retryAfterSeconds: RETRY_AFTER_MAX_S,
  })
}

function noNodeOfPools({ pools }: ClientKey, reasons: string): string {
  const what = reasons === '' ? 'no node. Add one with `switchyard node add`' : `no node in use (${reasons})`
  return `${wordsForPools(pools)} ${pools.length === 1 ? 'has' : 'have'} ${what}`
}

function noPinnedNode({ name }: ClientKey, reasons: string): string {
  if (reasons !== '') return `the only node that the client key ${name} may use is not in use (${reasons})`
  return `the only node that the client key ${name} may use was removed. Give the key another one with \`switchyard key edit\``
}

/** A key that is pinned strictly has one node, and its user should know why there was no second. */
function noOther(key: ClientKey): string {
  return isStrict(key) ? ` The client key ${key.name} may use no other node.` : ''
}

function isStrict({ pinned }: ClientKey): boolean {
  return pinned?.strict === true
}

/** Nothing here recovers by itself: the client hears what its user can mend, and does not try again. */
function deadEnd(job: AttemptJob, standings: ReadonlySet<Standing>, reasons: string): ProxyError {
  const never = { shouldRetry: false } as const
  const key = job.clientKey
  if (standings.has('funds')) {
    const also = standings.has('credential') ? ' or its key is refused' : ''
    return new ProxyError('out-of-funds', `every account is out of funds${also} (${reasons}).${noOther(key)}`, never)
  }
  if (standings.has('credential')) {
    const message = `every key was refused (${reasons}). Put in a new one with \`switchyard node edit\`.${noOther(key)}`
    return new ProxyError('credentials-dead', message, never)
  }
  const ofThese = isStrict(key) ? `that the client key ${key.name} may use` : `of ${wordsForPools(key.pools)}`
  // A key is enabled, or the vault unlocked, while the tool tries again; a node that lacks the model says nothing of that.
  if (standings.has('withheld')) {
    const message = `no node ${ofThese} has a key it may be asked with (${reasons}). If the vault is locked, unlock it with \`switchyard vault unlock\`; otherwise enable a key or put in a new one with \`switchyard node edit\`.`
    return new ProxyError('no-node', message, { retryAfterSeconds: RETRY_AFTER_MAX_S })
  }
  if (standings.has('wrong-path'))
    return new ProxyError('wrong-path', `every node answered with a wrong path (${reasons}).${noOther(key)}`)
  return new ProxyError('model-not-served', `no node ${ofThese} can serve ${job.facts.model} (${reasons}).`, never)
}

/** This exchange's own verdict on the node says more than the state it left behind. */
function standingOf(candidacy: Candidacy, history: AttemptHistory, redact: (text: string) => string): NodeStanding {
  const node = candidacy.eligible ? candidacy.candidate.node : candidacy.node
  const { id, name } = node.node
  const dueMs = candidacy.eligible ? candidacy.candidate.breaker.openUntilMs : candidacy.dueMs
  const failed = history.verdicts.get(id)
  if (failed !== undefined) {
    const { outcome, message } = failed.verdict
    return { name, dueMs, standing: outcome === 'success' ? 'later' : standingOfClass(outcome), text: redact(message) }
  }
  if (candidacy.eligible) return { name, dueMs, standing: 'later', text: 'its circuit breaker is open' }
  return { name, dueMs, standing: standings[candidacy.why], text: candidacy.reason ?? ineligibilityText[candidacy.why] }
}

function standingOfClass(outcome: ErrorClass): Standing {
  switch (outcome) {
    case 'credential':
      return 'credential'
    case 'out-of-funds':
      return 'funds'
    case 'wrong-path':
      return 'wrong-path'
    case 'model-gap':
    case 'not-offered':
      return 'no-model'
    default:
      return 'later'
  }
}

const standings: Readonly<Record<Ineligibility, Standing>> = {
  disabled: 'out',
  'other-protocol': 'out',
  isolated: 'out',
  'no-model': 'no-model',
  'model-gap': 'no-model',
  'keys-refused': 'credential',
  'keys-withheld': 'withheld',
  parked: 'funds',
  tried: 'later',
  'same-origin': 'later',
  cooling: 'later',
  'keys-throttled': 'later',
  busy: 'later',
}
