// What one row of the fault matrix says, and the sentences that records have.
import type { ErrorClass } from '../../src/shared/model/outcome.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { errorTypeOf } from '../harness/anthropic-message.ts'
import type { Step } from '../harness/plan.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND

export type Mode = 'stream' | 'whole'
export type Aside = { readonly what: 'cooling' | 'parked' | 'key' | 'model'; readonly forMs: number }
/** One way for node A to fail, and everything that must follow from it. */
export type Row = {
  readonly name: string
  /** What A does. */
  readonly a: (() => Step) | 'refused' | 'no TLS'
  /** Default: both. */
  readonly modes?: readonly Mode[]
  readonly outcome: ErrorClass
  /** Status of A's attempt. */
  readonly status: number | null
  readonly message: string | RegExp
  /** What A's breaker hears. */
  readonly breaker: 'counts' | 'half' | 'nothing'
  readonly aside?: Aside
  readonly settings?: Partial<Settings>
  /** Time that must pass before the proxy moves on. */
  readonly afterMs?: Readonly<Record<Mode, number>>
}

/** Streaming and not. */
export const bothModes: readonly Mode[] = ['stream', 'whole']
export const scripted = (code: number) => `answered ${code} ${errorTypeOf(code)}: scripted ${code}`
export const said = (code: number, text: string, type = errorTypeOf(code)) => `answered ${code} ${type}: ${text}`
export const said200 = (type: string, text: string) => `answered 200 with the error ${type}: ${text}`
