// Requests and answers as the real APIs write them, kept in test/golden; and a step that answers with one.
import { readFileSync } from 'node:fs'
import type { Protocol } from '../../src/shared/model/protocol.ts'
import { EVENT_STREAM_HEADERS, JSON_HEADERS } from './answer-frames.ts'
import type { Step } from './plan.ts'

export function golden(protocol: Protocol, file: string): Buffer {
  return readFileSync(new URL(`../golden/${protocol}/${file}`, import.meta.url))
}

/** Answers 200 with the file, in one piece; its name tells the content type. */
export function goldenAnswer(protocol: Protocol, file: string): Step {
  const headers = file.endsWith('.sse') ? EVENT_STREAM_HEADERS : JSON_HEADERS
  return {
    kind: `golden ${file}`,
    plan: () => [
      { act: 'head', status: 200, headers },
      { act: 'write', bytes: golden(protocol, file) },
      { act: 'end' },
    ],
  }
}

/** The pieces of a stream, one per event; comments are pieces too. */
export function eventsIn(stream: Buffer): readonly Buffer[] {
  return stream
    .toString()
    .split(/(?<=\n\n)/)
    .map((piece) => Buffer.from(piece))
}
