// Which nodes look different from the last time somebody looked.
import type { NodeView } from '../../shared/model/node-status.ts'

export type NodeWatch = {
  /** What differs from the look before; it is the new ground for the next. */
  readonly look: () => NodeDifferences
  /** As of the last look. */
  readonly all: () => readonly NodeView[]
}
export type NodeDifferences = {
  readonly different: NodeView[]
  /** A node of the last look is not there any more. */
  readonly someGone: boolean
}

export function createNodeWatch(nodeViews: () => readonly NodeView[]): NodeWatch {
  let known: ReadonlyMap<string, NodeView> = new Map()
  return {
    look: () => {
      const seen = new Map<string, NodeView>()
      const different: NodeView[] = []
      for (const view of nodeViews()) {
        const before = known.get(view.id)
        const same = before !== undefined && looksTheSame(before, view)
        if (!same) different.push(view)
        // The one that was pushed stays, so that deadlines that creep by a millisecond add up to a difference.
        seen.set(view.id, same ? before : view)
      }
      const someGone = [...known.keys()].some((id) => !seen.has(id))
      known = seen
      return { different, someGone }
    },
    all: () => [...known.values()],
  }
}

/**
 * Deadlines are wall clock, worked out anew at every look from the monotonic clock: the same one comes out a millisecond
 * earlier or later, and follows the wall clock when that is corrected.
 */
const SAME_DEADLINE_MS = 50

function looksTheSame(before: unknown, now: unknown, name = ''): boolean {
  if (Object.is(before, now)) return true
  if (typeof before === 'number' && typeof now === 'number') {
    return name.endsWith('UntilMs') && Math.abs(before - now) <= SAME_DEADLINE_MS
  }
  if (!isRecord(before) || !isRecord(now)) return false
  const names = Object.keys(before)
  return names.length === Object.keys(now).length && names.every((each) => looksTheSame(before[each], now[each], each))
}

/** Arrays too: their indices are names. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
