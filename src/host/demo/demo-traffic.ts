// Steady traffic of a tool against the proxy: one streamed request after the other interval, over real HTTP.
import { z } from 'zod'

const REQUEST_TIMEOUT_MS = 30_000

export type TrafficOptions = {
  readonly proxyPort: number
  readonly key: string
  readonly requestsPerSecond: number
}
export type Traffic = {
  readonly counts: () => TrafficCounts
  /** No new requests; resolves when the last answer is there. Idempotent. */
  readonly stop: () => Promise<void>
}
export type TrafficCounts = {
  readonly requests: number
  readonly answered: number
  /** Cut after the first words and sent again, as Claude Code does by itself; nothing can move to another node there. */
  readonly resent: number
  /** What the client saw fail for good: no answer, an error status, cut twice. */
  readonly failed: number
}

export function startTraffic({ proxyPort, key, requestsPerSecond }: TrafficOptions): Traffic {
  const running = new Set<Promise<void>>()
  let requests = 0
  let answered = 0
  let resent = 0
  let failed = 0
  const url = `http://127.0.0.1:${proxyPort}/v1/messages`

  async function request(): Promise<void> {
    requests += 1
    let end = await send(url, key)
    if (end === 'cut') {
      resent += 1
      end = await send(url, key)
    }
    if (end === 'answered') answered += 1
    else failed += 1
  }

  function startRequest(): void {
    const one = request().finally(() => running.delete(one))
    running.add(one)
  }

  startRequest()
  const timer = setInterval(startRequest, 1000 / requestsPerSecond)
  return {
    counts: () => ({ requests, answered, resent, failed }),
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
    },
  }
}

const requestBody = JSON.stringify({
  model: 'claude-simulated',
  max_tokens: 256,
  stream: true,
  messages: [{ role: 'user', content: 'Say something.' }],
})

const lastEventSchema = z.object({ type: z.literal('message_stop') })

/** Never rejects. `cut`: it began with 200 and broke off before its last event. */
async function send(url: string, key: string): Promise<'answered' | 'cut' | 'failed'> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      authorization: `Bearer ${key}`,
      'user-agent': 'switchyard-demo/1',
    },
    body: requestBody,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  }).catch(() => null)
  if (response?.status !== 200) return 'failed'
  const text = await response.text().catch(() => '')
  return isComplete(text) ? 'answered' : 'cut'
}

function isComplete(stream: string): boolean {
  const lastData = stream.trimEnd().split('\ndata: ').at(-1) ?? ''
  try {
    return lastEventSchema.safeParse(JSON.parse(lastData)).success
  } catch {
    return false
  }
}
