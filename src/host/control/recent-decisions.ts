// The newest decisions, from the database.
import type { Decision } from '../../shared/model/decision.ts'
import type { ControlServices } from './control-services.ts'

/** Those on their way to the database are brought there first: who asks after a change sees it. */
export async function recentDecisions(
  { ledger, storage }: Pick<ControlServices, 'ledger' | 'storage'>,
  limit: number,
): Promise<Decision[]> {
  await ledger.flush()
  return [...(await storage.recentDecisions(limit))]
}
