// Writes down what the engine decided and why, once: to the ledger, to the log, to whoever follows.
import type { Decision, DecisionKind } from '../shared/model/decision.ts'
import type { EngineEvents } from './events.ts'
import type { Clock, LedgerSink, Log, LogTag } from './ports.ts'

export type Decisions = {
  readonly record: (decision: {
    readonly kind: DecisionKind
    readonly nodeId: string | null
    readonly exchangeId: string | null
    /** One sentence; secrets are taken out here. */
    readonly text: string
  }) => void
}

export type DecisionsRoom = {
  readonly clock: Clock
  readonly newId: (prefix: string) => string
  readonly redact: (text: string) => string
  readonly log: Log
  readonly ledger: LedgerSink
  readonly events: EngineEvents
}

export function createDecisions(room: DecisionsRoom): Decisions {
  return {
    record: ({ text, ...rest }) => {
      const decision: Decision = {
        id: room.newId('dec'),
        atMs: Math.round(room.clock.wallMs()),
        ...rest,
        text: room.redact(text),
      }
      room.ledger.recordDecision(decision)
      room.events.tell({ type: 'decisionMade', decision })
      room.log('info', tagOf(decision.kind), decision.text, {
        nodeId: decision.nodeId,
        exchangeId: decision.exchangeId,
      })
    },
  }
}

function tagOf(kind: DecisionKind): LogTag {
  return kind.startsWith('breaker-') ? 'breaker' : kind === 'failed-over' ? 'retry' : 'Distributor'
}
