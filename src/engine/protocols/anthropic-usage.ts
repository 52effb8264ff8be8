// Token usage as Anthropic reports it → our one meaning (policies §10): input excludes cache reads and writes already.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { countOf, objectOf } from './json-fields.ts'

/** `message_delta` repeats some fields and leaves out others: a field that is absent keeps its last value. Null: nothing there. */
export function mergeUsage(previous: TokenUsage | null, value: unknown): TokenUsage | null {
  const usage = objectOf(value)
  if (usage === null) return previous
  const creation = objectOf(usage['cache_creation'])
  const writes = countOf(usage['cache_creation_input_tokens'])
  const oneHour = countOf(creation?.['ephemeral_1h_input_tokens'])
  const fiveMinutes = countOf(creation?.['ephemeral_5m_input_tokens'])
  return {
    input: countOf(usage['input_tokens']) ?? previous?.input ?? 0,
    output: countOf(usage['output_tokens']) ?? previous?.output ?? 0,
    cacheRead: countOf(usage['cache_read_input_tokens']) ?? previous?.cacheRead ?? 0,
    // Without the split, all writes but those known to be of the hour are the cheaper, default kind of 5 minutes.
    cacheWrite5m:
      fiveMinutes ??
      (writes === null ? null : Math.max(0, writes - (oneHour ?? previous?.cacheWrite1h ?? 0))) ??
      previous?.cacheWrite5m ??
      0,
    cacheWrite1h: oneHour ?? previous?.cacheWrite1h ?? 0,
    estimated: false,
  }
}
