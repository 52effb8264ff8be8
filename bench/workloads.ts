// What is sent and answered. Sizes are of the request's body and of the answer's body.
import { type AnswerKind, requestBody } from './answers.ts'

export type Workload = {
  readonly name: string
  readonly answer: AnswerKind
  readonly body: Buffer
  readonly inQuickRuns: boolean
}

const KIB = 1024

export const workloads: readonly Workload[] = [
  { name: '1 KB → 1 KB JSON', answer: 'json-1k', body: requestBody(KIB, false), inQuickRuns: true },
  { name: '100 KB → 100 KB JSON', answer: 'json-100k', body: requestBody(100 * KIB, false), inQuickRuns: true },
  { name: '1 KB → SSE of 15 events', answer: 'sse-small', body: requestBody(KIB, true), inQuickRuns: true },
  { name: '100 KB → SSE of 15 events', answer: 'sse-small', body: requestBody(100 * KIB, true), inQuickRuns: false },
]
