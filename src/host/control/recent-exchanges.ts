// The newest exchanges with their attempts, from the database.
import type { ExchangeRecord } from '../../shared/model/exchange.ts'
import type { ControlServices } from './control-services.ts'

/** Records on their way to the database are brought there first: who asks after a request sees it. */
export async function recentExchanges(
  { ledger, storage }: Pick<ControlServices, 'ledger' | 'storage'>,
  limit: number,
): Promise<ExchangeRecord[]> {
  await ledger.flush()
  return [...(await storage.recentExchanges(limit))]
}
