// Takes pushes apart: the engine's events in them, one after the other.
import type { EngineEvent } from '../../src/shared/contract/engine-event.ts'
import type { Push } from '../../src/shared/contract/push.ts'

export async function* eventsOf(pushes: AsyncIterable<Push>): AsyncGenerator<EngineEvent, undefined, undefined> {
  for await (const push of pushes) yield* push.events
}
