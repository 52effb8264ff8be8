// One kind of fault after the other at the preferred node, a healthy node behind it: no request may fail at the client.
import type { Step } from '../../harness/plan.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'
import { apiError, cutAfterEvents, empty, errorEvent, html, ok, reset, status } from '../../harness/steps.ts'
import { KEYS_OF_FAULTY_NODE, type ProxyUnderTest } from './proxy-under-test.ts'
import { type Sent, sendMany } from './send-many.ts'

export type FaultKind = {
  readonly name: string
  /** Null: nobody listens. */
  readonly step: Step | null
  /** What the fault sets aside, and what so has to be new for the next request to meet it again. */
  readonly setsAside: 'nothing' | 'key' | 'model'
}

/** Every kind of policies §3 that moves a request to the next node. */
export const faultKinds: readonly FaultKind[] = [
  { name: 'refused', step: null, setsAside: 'nothing' },
  { name: 'reset before the head', step: reset(), setsAside: 'nothing' },
  { name: '500', step: status(500), setsAside: 'nothing' },
  { name: '529 overloaded', step: status(529), setsAside: 'nothing' },
  { name: '401', step: status(401), setsAside: 'key' },
  { name: '403', step: status(403), setsAside: 'key' },
  { name: '429', step: status(429), setsAside: 'key' },
  { name: '404, no such model', step: apiError(404, 'model: no-such-model'), setsAside: 'model' },
  { name: '200 with HTML', step: html(), setsAside: 'nothing' },
  { name: '200 without a body', step: empty(), setsAside: 'nothing' },
  { name: 'SSE error before content', step: errorEvent(2), setsAside: 'nothing' },
  { name: 'cut before content', step: cutAfterEvents(2), setsAside: 'nothing' },
]

export type FaultStormFigures = Sent & { readonly kind: string; readonly withFailedAttempt: number }

/** A refused key sends the exchange to the node's next one, once: two are used up by a request. */
const REQUESTS_PER_KEYS = KEYS_OF_FAULTY_NODE / 2

export async function runFault(
  kind: FaultKind,
  { preferred, proxy }: { readonly preferred: ScriptedUpstream; readonly proxy: ProxyUnderTest },
  size: { readonly requests: number; readonly connections: number },
): Promise<FaultStormFigures> {
  if (kind.step === null) await preferred.kill()
  else preferred.script(kind.step)
  const before = await proxy.withFailedAttempt()
  const batch = kind.setsAside === 'key' ? REQUESTS_PER_KEYS : size.requests
  const parts: Sent[] = []
  for (let done = 0; done < size.requests; done += batch) {
    if (kind.setsAside === 'key') await proxy.renewKeys()
    const count = Math.min(batch, size.requests - done)
    const modelOf = (number: number): string =>
      kind.setsAside === 'model' ? `claude-opus-5-5-${done + number}` : 'claude-opus-5-5'
    const goesOn = (sent: number): boolean => sent < count
    parts.push(await sendMany({ proxy, connections: size.connections, goesOn, goodStep: ok(), modelOf }))
  }
  return { kind: kind.name, ...sumOf(parts), withFailedAttempt: (await proxy.withFailedAttempt()) - before }
}

function sumOf(parts: readonly Sent[]): Sent {
  return {
    requests: parts.reduce((sum, part) => sum + part.requests, 0),
    seconds: parts.reduce((sum, part) => sum + part.seconds, 0),
    failures: parts.flatMap((part) => part.failures),
    latenciesMs: parts.flatMap((part) => part.latenciesMs),
  }
}
