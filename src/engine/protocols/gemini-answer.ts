// Reads Gemini's answers. Streamed or whole, they are made of one shape (GenerateContentResponse): candidates with parts,
// a finish reason at the end, the usage so far. There is no final event: the last is the one that has both.
import type { TokenUsage } from '../../shared/model/exchange.ts'
import { estimatedUsage } from './estimated-usage.ts'
import { type GeminiCounts, mergeCounts, usageOf } from './gemini-usage.ts'
import { objectOf, parseJson, textOf } from './json-fields.ts'
import { fieldValue, outlineOf } from './json-outline.ts'
import type { ErrorSaid, StreamReader, WholeAnswer } from './protocol.ts'

const preamble = { kind: 'preamble' } as const
const content = { kind: 'content' } as const
const malformed = { kind: 'malformed' } as const
type Taken = typeof preamble | typeof content | typeof malformed | ErrorSaid

export function createGeminiStreamReader(): StreamReader {
  const answer = createAnswer()
  return {
    read: ({ name, data }) => {
      const chunk = parseJson(data)
      if (chunk !== undefined) return answer.take(chunk)
      if (name === 'error') return { kind: 'error', errorType: '', message: data }
      // What relays end with because OpenAI does.
      return data === '[DONE]' ? preamble : malformed
    },
    finished: answer.finished,
    ended: answer.ended,
    usage: answer.usage,
  }
}

/** Without `alt=sse` a stream is one JSON array of the chunks. */
export function readGeminiWhole(body: Buffer): WholeAnswer {
  return /^\s*\[/.test(body.toString('latin1', 0, 16)) ? readArray(body) : readObject(body)
}

function readArray(body: Buffer): WholeAnswer {
  const chunks = parseJson(body)
  if (!Array.isArray(chunks)) return { kind: 'malformed' }
  const answer = createAnswer()
  for (const chunk of chunks) {
    const meaning = answer.take(chunk)
    if (meaning.kind === 'error' || meaning.kind === 'malformed') return meaning
  }
  return answer.finished() ? { kind: 'complete', usage: answer.usage() } : { kind: 'malformed' }
}

const answerFields: ReadonlySet<string> = new Set(['candidates', 'promptFeedback', 'usageMetadata', 'error'])

/** Beyond it candidates are not parsed (a picture is megabytes of base64): a list of that size has a part in it. */
const PARSED_BYTES_MAX = 256 * 1024
const somePart = [{ content: { parts: [{}] } }]

function readObject(body: Buffer): WholeAnswer {
  const outline = outlineOf(body, answerFields)
  if (!outline.ok) return { kind: 'malformed' }
  const field = (name: string) => fieldValue(body, outline.fields.get(name))
  const span = outline.fields.get('candidates')
  const large = span !== undefined && span.end - span.start > PARSED_BYTES_MAX
  const answer = createAnswer()
  const meaning = answer.take({
    candidates: large ? somePart : field('candidates'),
    promptFeedback: field('promptFeedback'),
    usageMetadata: field('usageMetadata'),
    error: field('error'),
  })
  if (meaning.kind === 'error') return meaning
  return meaning.kind === 'content' ? { kind: 'complete', usage: answer.reported() } : { kind: 'malformed' }
}

function createAnswer() {
  let counts: GeminiCounts | null = null
  let characters = 0
  let blocked = false
  let ended = false
  /** By index of the candidate: has it finished? */
  const candidates = new Map<number, boolean>()
  const finished = () => blocked || (candidates.size > 0 && ![...candidates.values()].includes(false))
  const reported = (): TokenUsage | null => (counts === null ? null : usageOf(counts))

  return {
    ended: () => ended,
    take: (value: unknown): Taken => {
      const chunk = objectOf(value)
      if (chunk === null) return malformed
      // Strings too: relays write `{"error": "…"}`.
      if (chunk['error'] !== undefined && chunk['error'] !== null) return meaningOfError(chunk['error'])
      counts = mergeCounts(counts, chunk['usageMetadata'])
      // A prompt that is refused is answered in full by this alone.
      blocked ||= textOf(objectOf(chunk['promptFeedback'])?.['blockReason']) !== ''
      let meaning: Taken = blocked ? content : preamble
      for (const candidate of listOf(chunk['candidates'])) {
        const read = readCandidate(candidate)
        characters += read.characters
        candidates.set(read.index, read.finished || candidates.get(read.index) === true)
        if (read.parts > 0 || read.finished) meaning = content
      }
      // Some write the usage behind the finish reason: without it something may be missing.
      ended ||= finished() && objectOf(chunk['usageMetadata']) !== null
      return meaning
    },
    finished,
    reported,
    usage: (): TokenUsage | null => {
      const usage = reported()
      return usage !== null && finished() ? usage : estimatedUsage(usage, characters)
    },
  }
}

type Candidate = {
  readonly index: number
  readonly parts: number
  readonly finished: boolean
  /** Of what was written, for the estimate. */
  readonly characters: number
}

function readCandidate(value: unknown): Candidate {
  const candidate = objectOf(value)
  const parts = listOf(objectOf(candidate?.['content'])?.['parts'])
  const index = candidate?.['index']
  const reason = textOf(candidate?.['finishReason'])
  return {
    // JSON of a protobuf leaves 0 out.
    index: typeof index === 'number' ? index : 0,
    parts: parts.length,
    finished: reason !== '' && reason !== 'FINISH_REASON_UNSPECIFIED',
    characters: parts.reduce((sum: number, part) => sum + charactersOf(part), 0),
  }
}

function charactersOf(part: unknown): number {
  const fields = objectOf(part)
  const call = fields?.['functionCall']
  return textOf(fields?.['text']).length + (call === undefined ? 0 : JSON.stringify(call).length)
}

/** `{code, message, status}`; the status is the word that says what happened ("UNAVAILABLE"). */
function meaningOfError(value: unknown): ErrorSaid {
  const error = objectOf(value)
  if (error === null) return { kind: 'error', errorType: '', message: textOf(value) }
  const { status, type, code } = error
  const errorType = textOf(status) || textOf(type) || (typeof code === 'number' ? String(code) : textOf(code))
  return { kind: 'error', errorType, message: textOf(error['message']) }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
