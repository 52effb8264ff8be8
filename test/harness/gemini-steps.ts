// Answers of the Gemini API from its golden files, as steps of a scripted upstream.
import { EVENT_STREAM_HEADERS, writes } from './answer-frames.ts'
import { eventsIn, golden } from './golden.ts'
import type { Part, Step } from './plan.ts'

export function goldenText(file: string): string {
  return golden('gemini', file).toString()
}

/** One piece per event, with line ends as the API writes them. */
export function goldenStream(file: string): readonly Buffer[] {
  return eventsIn(golden('gemini', file)).map((event) => Buffer.from(event.toString().replaceAll('\n', '\r\n')))
}

/** These pieces of a stream, then an end of any form. */
export function geminiStream(pieces: readonly Buffer[], ...behind: readonly Part[]): Step {
  return {
    kind: 'geminiStream',
    plan: () => [
      { act: 'head', status: 200, headers: EVENT_STREAM_HEADERS },
      ...writes(pieces),
      ...(behind.length === 0 ? [{ act: 'end' } as const] : behind),
    ],
  }
}
