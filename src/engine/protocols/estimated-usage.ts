// What a stream used that ended without saying so: by what it wrote (policies §10).
import type { TokenUsage } from '../../shared/model/exchange.ts'

const CHARACTERS_PER_TOKEN = 4

/** For a stream that ended without its final usage; null when there is nothing to go by. The input of one that reported none is 0. */
export function estimatedUsage(reported: TokenUsage | null, textCharacters: number): TokenUsage | null {
  if (reported === null && textCharacters === 0) return null
  const estimate = Math.ceil(textCharacters / CHARACTERS_PER_TOKEN)
  const known = reported ?? { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 }
  return { ...known, output: Math.max(known.output, estimate), estimated: true }
}
