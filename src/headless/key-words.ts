// How the state of a node key is put into words.
import type { NodeView } from '../shared/model/node-status.ts'
import { formatDue, type Moments } from './terminal/times.ts'

/** "throttled, due in 8 s: answered 429". */
export function keyStandingText(key: NodeView['keys'][number], moments: Moments): string {
  const { say, phrase } = moments.text
  const due = key.asideUntilMs === null ? '' : say('node-show.due', { due: formatDue(key.asideUntilMs, moments) })
  const reason = key.asideReason === null ? '' : say('word.because', { reason: phrase(key.asideReason) })
  return `${say(`key-standing.${key.standing}`)}${due}${reason}`
}
