// One sentence about how a try ended, for records and logs: the node's own words, never the request's.
import type { ErrorClass } from '../../shared/model/outcome.ts'
import { ADDRESS_REFUSED } from '../upstream/address-check.ts'
import { WAY_FAILED } from '../upstream/way-failure.ts'
import type { AttemptEnd } from './attempt-end.ts'
import type { ErrorFacts } from './error-facts.ts'

const SENTENCE_MAX_CHARS = 300

export function oneSentence(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length <= SENTENCE_MAX_CHARS ? line : `${line.slice(0, SENTENCE_MAX_CHARS - 1)}…`
}

export function connectFailed(code: string, detail: string): string {
  if (code === ADDRESS_REFUSED) return `refused by Switchyard's address check: ${detail}`
  if (code === WAY_FAILED) return detail
  if (untrusted.has(code)) return `could not connect (${code}): ${detail.replace(NODE_ADVICE, '')}${OUR_ADVICE}`
  // Node's own words begin with what was done and the code: "connect ECONNREFUSED 127.0.0.1:1".
  return detail.includes(code) ? `could not connect: ${detail}` : `could not connect (${code}): ${detail}`
}

/** No well-known authority vouches for the certificate. */
const untrusted: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
])
/** It names an option of Node, which is not at hand for whoever reads this. */
const NODE_ADVICE = /; if the root CA is installed locally, try running Node\.js with --use-system-ca/
const OUR_ADVICE = '; if an authority of your own signed it, give the node the certificate of that authority (ca)'

/** `proxy`: the URL of the one in between. */
export function connectTimeout(timeoutMs: number, proxy: string | null): string {
  return `no connection within ${timeoutMs / 1000} s${proxy === null ? '' : `, through the proxy ${proxy}`}`
}

type Timer = Extract<AttemptEnd, { kind: 'timed-out' }>['timer']
type Phase = Extract<AttemptEnd, { kind: 'broken' }>['phase']
type Problem = Extract<AttemptEnd, { kind: 'bad-answer' }>['problem']

export function broken(phase: Phase, code: string): string {
  const moments: Readonly<Record<Phase, string>> = {
    'before-head': 'before it answered',
    'before-content': 'before any content',
    'after-commit': 'in the middle of the answer',
  }
  return `the connection broke ${moments[phase]} (${code})`
}

export function timedOut(timer: Timer): string {
  const sentences: Readonly<Record<Timer, string>> = {
    'first-event': 'nothing came in time',
    silence: 'it fell silent',
    'whole-answer': 'the answer was not complete in time',
    'before-content-total': 'the time for all tries together ran out',
  }
  return sentences[timer]
}

export function badAnswer(problem: Problem, stream: boolean): string {
  const sentences: Readonly<Record<Problem, string>> = {
    html: 'answered 200 with an HTML page',
    empty: 'answered 200 with an empty body',
    malformed: `answered 200 with ${stream ? 'a stream' : 'a body'} that cannot be read`,
    'ended-early': 'answered 200 and ended before its final event',
  }
  return sentences[problem]
}

export function errorInAnswer(facts: ErrorFacts): string {
  const words = said(facts)
  return words === '' ? 'answered 200 with an error that has no name' : `answered 200 with the error ${words}`
}

type StatusDetails = { readonly errorClass: ErrorClass; readonly location: string | undefined }

export function answeredStatus(status: number, facts: ErrorFacts, details: StatusDetails): string {
  if (status >= 300 && status < 400)
    return `answered ${status}${target(details.location)}; redirects are never followed`
  if (details.errorClass === 'firewall' && facts.html)
    return `answered ${status} with an HTML page, as a firewall in front of it does${quoted(facts)}`
  if (facts.html) return `answered ${status} with an HTML page${quoted(facts)}`
  const words = said(facts)
  return words === '' ? `answered ${status}` : `answered ${status} ${words}`
}

/** "overloaded_error: Overloaded" */
function said(facts: ErrorFacts): string {
  return [facts.type || facts.code, facts.message].filter((part) => part !== '').join(': ')
}

function quoted(facts: ErrorFacts): string {
  return facts.message === '' ? '' : ` ("${facts.message}")`
}

/** Without its query, where log-in pages carry tokens. */
function target(location: string | undefined): string {
  const place = location?.replace(/[?#].*$/s, '')
  return place === undefined || place === '' ? '' : ` to ${place}`
}
