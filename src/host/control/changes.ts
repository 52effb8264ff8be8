// Changes of the registry by the user: one after the other, in force before they are answered, recorded as decisions.
import type { Engine } from '../../engine/engine-door.ts'
import type { Clock, LedgerSink } from '../../engine/ports.ts'
import type { Decision, DecisionKind } from '../../shared/model/decision.ts'
import type { DemoOverlay } from '../demo/demo-overlay.ts'
import { messageOf } from '../host-error.ts'
import { newId } from '../ids.ts'
import type { HostLog } from '../logs/create-log.ts'
import type { HostRegistry } from '../registry-source.ts'
import { changedLists } from './changed-lists.ts'
import { ControlError } from './control-error.ts'
import type { EventFeed } from './event-feed.ts'

export type Changes = {
  /**
   * Runs `change` when the changes before it are done: each reads what it changes, and two at once would lose one.
   * Its rejection goes to the caller; the next change runs all the same.
   */
  readonly run: <T>(change: () => Promise<T>) => Promise<T>
  /** After the database took a change: resolves when the engine works by it. */
  readonly announce: (announcement: Announcement) => Promise<void>
  /** The same for a change that is in force already: writes it down and tells the followers. */
  readonly record: (announcement: Announcement) => void
}

export type Announcement = {
  readonly kind: DecisionKind
  readonly nodeId: string | null
  /** One sentence without secrets. */
  readonly text: string
}

export type ChangesOptions = {
  readonly engine: Pick<Engine, 'refreshRegistry' | 'events'>
  readonly ledger: Pick<LedgerSink, 'recordDecision'>
  readonly demo: Pick<DemoOverlay, 'retire'>
  readonly registry: Pick<HostRegistry, 'latest'>
  readonly feed: Pick<EventFeed, 'tellChanged'>
  readonly clock: Pick<Clock, 'wallMs'>
  readonly log: HostLog
}

export function createChanges(options: ChangesOptions): Changes {
  const { engine, ledger, demo, registry, feed, clock, log } = options
  let last: Promise<unknown> = Promise.resolve()

  function writeDown({ kind, nodeId, text }: Announcement): void {
    const decision: Decision = { id: newId('decision'), atMs: clock.wallMs(), kind, nodeId, exchangeId: null, text }
    ledger.recordDecision(decision)
    engine.events.tell({ type: 'decisionMade', decision })
    log('info', 'control', text)
  }

  async function announce(announcement: Announcement): Promise<void> {
    const { kind, text } = announcement
    writeDown(announcement)
    // Only then: who hears of it asks for the list at once, and must get the new one.
    await putInForce(text).finally(() => feed.tellChanged(changedLists(kind)))
    // Not awaited: simulated nodes that are no longer needed finish their answers first.
    void demo.retire().catch((error: unknown) => {
      log('warn', 'demo', `The simulated nodes could not be closed: ${messageOf(error)}`)
    })
  }

  /** The engine may keep what it has when the database cannot be read; the user must know that it does. */
  async function putInForce(text: string): Promise<void> {
    const rejection = await engine.refreshRegistry().then(
      () => null,
      (error: unknown) => messageOf(error),
    )
    const failure = rejection ?? registry.latest().failure
    if (failure === null) return
    throw new ControlError('STORAGE_UNAVAILABLE', 'stored-not-in-force', { what: text, failure })
  }

  /** What the last change left behind may be stored and not read yet: the next must not be worked out from less. */
  async function catchUp(): Promise<void> {
    if (registry.latest().failure === null) return
    await engine.refreshRegistry().catch(() => undefined)
    const { failure } = registry.latest()
    if (failure !== null) throw new ControlError('STORAGE_UNAVAILABLE', 'not-readable-before-change', { failure })
  }

  return {
    run: (change) => {
      const result = last.then(catchUp).then(change)
      last = result.catch(() => undefined)
      return result
    },
    announce,
    record: (announcement) => {
      writeDown(announcement)
      feed.tellChanged(changedLists(announcement.kind))
    },
  }
}
