// Remembers, per session, which nodes failed its last exchange: no header marks a client's retry, so its next request
// within five minutes ranks them last (policies §2).

const SESSIONS_MAX = 10_000

export type FailedNodesMemory = {
  readonly of: (session: string | null, nowMs: number) => ReadonlySet<string>
  /** An empty set forgets the session. */
  readonly remember: (session: string | null, failed: ReadonlySet<string>, untilMs: number) => void
}

const none: ReadonlySet<string> = new Set()

export function createFailedNodesMemory(): FailedNodesMemory {
  const sessions = new Map<string, { readonly failed: ReadonlySet<string>; readonly untilMs: number }>()
  return {
    of: (session, nowMs) => {
      const entry = session === null ? undefined : sessions.get(session)
      return entry !== undefined && entry.untilMs > nowMs ? entry.failed : none
    },
    remember: (session, failed, untilMs) => {
      if (session === null) return
      // Deleted first, so that the map's order is by age and the oldest goes out.
      sessions.delete(session)
      if (failed.size === 0) return
      sessions.set(session, { failed, untilMs })
      const oldest = sessions.size > SESSIONS_MAX ? sessions.keys().next().value : undefined
      if (oldest !== undefined) sessions.delete(oldest)
    },
  }
}
