// Token usage as the OpenAI protocols report it → our one meaning (policies §10).
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { countOf, objectOf } from './json-fields.ts'

/** Null: no usage. Responses and Chat name the same numbers differently; compatible hosts put the cached ones in other places. */
export function openAiUsageOf(value: unknown): TokenUsage | null {
  const usage = objectOf(value)
  if (usage === null) return null
  const input = countOf(usage['input_tokens']) ?? countOf(usage['prompt_tokens'])
  const output = countOf(usage['output_tokens']) ?? countOf(usage['completion_tokens'])
  if (input === null && output === null) return null
  const inputDetails = objectOf(usage['input_tokens_details'] ?? usage['prompt_tokens_details'])
  const cacheRead =
    countOf(inputDetails?.['cached_tokens']) ??
    // DeepSeek, Moonshot.
    countOf(usage['prompt_cache_hit_tokens']) ??
    countOf(usage['cached_tokens']) ??
    0
  const cacheWrite = countOf(inputDetails?.['cache_write_tokens']) ?? 0
  return {
    // Reported with the cached part inside.
    input: Math.max(0, (input ?? 0) - cacheRead - cacheWrite),
    output: (output ?? 0) + reasoningBeside(usage, (input ?? 0) + (output ?? 0)),
    cacheRead,
    cacheWrite5m: cacheWrite,
    cacheWrite1h: 0,
    estimated: false,
  }
}

/** OpenAI counts reasoning inside the output. xAI reports it beside it; only the total tells. */
function reasoningBeside(usage: Readonly<Record<string, unknown>>, sum: number): number {
  const details = objectOf(usage['output_tokens_details'] ?? usage['completion_tokens_details'])
  const reasoning = countOf(details?.['reasoning_tokens']) ?? 0
  return countOf(usage['total_tokens']) === sum + reasoning ? reasoning : 0
}
