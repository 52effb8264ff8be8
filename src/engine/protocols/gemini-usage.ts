// Token usage as Gemini reports it → our one meaning (policies §10): input without what the cache gave, output with thinking.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { countOf, objectOf } from './json-fields.ts'

/** Google's own counts, each the newest that was reported. */
export type GeminiCounts = {
  readonly prompt: number
  readonly cached: number
  readonly toolUsePrompt: number
  readonly candidates: number
  readonly thoughts: number
}

/** Every chunk reports the sums so far and leaves out what is 0: a count that is absent keeps its last value. */
export function mergeCounts(previous: GeminiCounts | null, usageMetadata: unknown): GeminiCounts | null {
  const reported = objectOf(usageMetadata)
  if (reported === null) return previous
  return {
    prompt: countOf(reported['promptTokenCount']) ?? previous?.prompt ?? 0,
    cached: countOf(reported['cachedContentTokenCount']) ?? previous?.cached ?? 0,
    toolUsePrompt: countOf(reported['toolUsePromptTokenCount']) ?? previous?.toolUsePrompt ?? 0,
    candidates: countOf(reported['candidatesTokenCount']) ?? previous?.candidates ?? 0,
    thoughts: countOf(reported['thoughtsTokenCount']) ?? previous?.thoughts ?? 0,
  }
}

/** The prompt's count has the cached tokens in it; results of built-in tools are read like a prompt and counted apart. */
export function usageOf(counts: GeminiCounts): TokenUsage {
  return {
    input: Math.max(0, counts.prompt - counts.cached) + counts.toolUsePrompt,
    output: counts.candidates + counts.thoughts,
    cacheRead: counts.cached,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    estimated: false,
  }
}
