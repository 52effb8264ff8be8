// What a scripted upstream can do with a request. Each function makes one step for upstream.script(…).

import { type Content, framesOf, headOf, JSON_HEADERS, writes } from './answer-frames.ts'
import type { Block } from './anthropic-message.ts'
import { errorEnvelope, errorTypeOf, pingEvent, sseBytes } from './anthropic-message.ts'
import { geminiError } from './gemini-answer.ts'
import { openaiError } from './openai-answer.ts'
import type { Ask, Gate, HeldStep, Part, ResponseHeaders, Step } from './plan.ts'
import { createFeed, createGate } from './plan.ts'

/** A complete answer, streaming if the request asks for it. */
export function ok(content: Content = {}): Step {
  return {
    kind: 'ok',
    plan: (ask) => [headOf(ask, content), ...writes(framesOf(ask, content)), { act: 'end' }],
  }
}

/** A text block (unless empty) and a whole `tool_use` block; ends with `stop_reason: tool_use`. */
export function toolUse(tool: { name: string; input: Readonly<Record<string, unknown>>; text?: string }): Step {
  return {
    kind: `toolUse ${tool.name}`,
    plan: (ask) => {
      const text: readonly Block[] = tool.text === undefined ? [] : [{ type: 'text', text: tool.text }]
      const id = `toolu_${ask.name}_${ask.number}`
      return ok({ blocks: [...text, { type: 'tool_use', id, name: tool.name, input: tool.input }] }).plan(ask)
    },
  }
}

/** Thinking that is not shown: block start, silence until released, a signature delta, stop; then the text. */
export function hiddenThinking(content: Content & { readonly signature?: string } = {}): HeldStep {
  return held('hiddenThinking', (gate) => (ask) => {
    const thinking: Block = { type: 'thinking', thinking: '', signature: content.signature ?? 'c2lnbmF0dXJl' }
    const text: Block = { type: 'text', text: content.text ?? `reply from ${ask.name}` }
    const signed = { ...content, blocks: [thinking, text] }
    const frames = framesOf(ask, signed)
    // message_start, the block's start and the ping come before the silence.
    const before = ask.stream ? 3 : 0
    return [headOf(ask, signed), ...interrupted(frames, before, hold(gate)), { act: 'end' }]
  })
}

/** An answer with this status. Without a body: the protocol's error envelope for that status, with the message "scripted STATUS". */
export function status(code: number, answer: { headers?: ResponseHeaders; body?: string | object } = {}): Step {
  const plan: Step['plan'] = (ask) => wholeAnswer(code, answer.body ?? scriptedError(ask, code), answer.headers)
  return { kind: `status ${code}`, plan }
}

/** The error envelope with a type and a message of its own. */
export function apiError(code: number, message: string, type: string = errorTypeOf(code)): Step {
  return { ...status(code, { body: errorEnvelope(type, message) }), kind: `apiError ${code} ${type}` }
}

export function redirect(location: string, code = 307): Step {
  return { kind: `redirect ${code}`, plan: () => wholeAnswer(code, '', { location }) }
}

/** A captive portal: 200 with a page. */
export function html(page = '<html><body>Please log in to the network</body></html>'): Step {
  return { kind: 'html', plan: () => wholeAnswer(200, page) }
}

/** 200 of the right content type with no body at all. */
export function empty(): Step {
  return { kind: 'empty', plan: (ask) => [headOf(ask, {}), { act: 'end' }] }
}

/** An error envelope in a 200. */
export function jsonError(type = 'overloaded_error', message = 'Overloaded'): Step {
  const envelope = (ask: Ask) =>
    ask.protocol === 'openai-responses' || ask.protocol === 'openai-chat'
      ? openaiError(type, message)
      : errorEnvelope(type, message)
  return { kind: `jsonError ${type}`, plan: (ask) => wholeAnswer(200, envelope(ask)) }
}

/** RST before any byte of an answer. */
export function reset(): Step {
  return { kind: 'reset', plan: () => [{ act: 'reset' }] }
}

/** FIN before any byte of an answer. */
export function closeEarly(): Step {
  return { kind: 'closeEarly', plan: () => [{ act: 'fin' }] }
}

/** No headers; once released, a complete answer. */
export function stallBeforeHead(content: Content = {}): HeldStep {
  return held('stallBeforeHead', (gate) => (ask) => [hold(gate), ...ok(content).plan(ask)])
}

/** Headers of a good answer, then nothing; once released, all of the answer. */
export function headersThenSilence(content: Content = {}): HeldStep {
  return { ...eventsThenSilence(0, content), kind: 'headersThenSilence' }
}

/** The first `count` events (not streaming: half of the object, if `count` > 0), then nothing; once released, the rest. */
export function eventsThenSilence(count: number, content: Content = {}): HeldStep {
  return held(`eventsThenSilence ${count}`, (gate) => (ask) => [
    headOf(ask, content),
    ...interrupted(framesOf(ask, content), count, hold(gate)),
    { act: 'end' },
  ])
}

/** Headers, then a ping whenever the test says so; once released, the answer. For one request. */
export function pingsOnly(content: Content = {}): HeldStep & { readonly ping: () => void } {
  const feed = createFeed()
  return {
    kind: 'pingsOnly',
    plan: (ask) => [headOf(ask, content), { act: 'follow', feed }, ...writes(framesOf(ask, content)), { act: 'end' }],
    ping: () => feed.push({ act: 'write', bytes: sseBytes(pingEvent) }),
    release: feed.close,
  }
}

/** `reset` is a RST, `fin` a close without the last chunk, `end` a clean end of an incomplete answer. */
export type CutForm = 'reset' | 'fin' | 'end'
/** When to cut: at once, when released, or after a time (only for real clients, whose side a test cannot see). */
export type CutWhen = 'at-once' | Gate | { readonly afterMs: number }

/** The first `count` events, then a break. Hand in a gate to cut only once the client has seen what came before. */
export function cutAfterEvents(
  count: number,
  cut: { readonly form: CutForm; readonly when?: CutWhen } & Content = { form: 'reset' },
): Step {
  return {
    kind: `cutAfterEvents ${count} ${cut.form}`,
    plan: (ask) => [
      headOf(ask, cut),
      ...writes(framesOf(ask, cut).slice(0, count)),
      ...wait(cut.when ?? 'at-once'),
      { act: cut.form },
    ],
  }
}

/** The first `count` events, then an SSE `error` and a clean end; 0: an error before any content. Not streaming: the error in a 200. */
export function errorEvent(count: number, type = 'overloaded_error', message = 'Overloaded'): Step {
  return {
    kind: `errorEvent ${count} ${type}`,
    plan: (ask) =>
      ask.stream
        ? [
            headOf(ask, {}),
            ...writes([...framesOf(ask, {}).slice(0, count), errorFrame(ask, type, message)]),
            { act: 'end' },
          ]
        : jsonError(type, message).plan(ask),
  }
}

/** As the API says it inside a stream. */
function errorFrame({ protocol = 'anthropic' }: Ask, type: string, message: string): Buffer {
  switch (protocol) {
    case 'openai-responses':
      return sseBytes({ type: 'error', code: type, message, param: null })
    case 'openai-chat':
      return Buffer.from(`data: ${JSON.stringify(openaiError(type, message))}\n\n`)
    default:
      return sseBytes(errorEnvelope(type, message))
  }
}

function scriptedError({ protocol = 'anthropic' }: Ask, code: number): object {
  const message = `scripted ${code}`
  if (protocol === 'anthropic') return errorEnvelope(errorTypeOf(code), message)
  return protocol === 'gemini' ? geminiError(code, message) : openaiError(errorTypeOf(code), message)
}

function held(kind: string, planBehind: (gate: Gate) => Step['plan']): HeldStep {
  const gate = createGate()
  return { kind, plan: planBehind(gate), release: gate.release }
}

function hold(gate: Gate): Part {
  return { act: 'hold', gate }
}

function interrupted(frames: readonly Buffer[], count: number, pause: Part): readonly Part[] {
  return [...writes(frames.slice(0, count)), pause, ...writes(frames.slice(count))]
}

function wait(when: CutWhen): readonly Part[] {
  if (when === 'at-once') return []
  return 'afterMs' in when ? [{ act: 'delay', ms: when.afterMs }] : [hold(when)]
}

function wholeAnswer(code: number, body: string | object, headers: ResponseHeaders = {}): readonly Part[] {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const own = { ...contentTypeOf(body), 'content-length': String(bytes.length) }
  return [{ act: 'head', status: code, headers: { ...own, ...headers } }, { act: 'write', bytes }, { act: 'end' }]
}

function contentTypeOf(body: string | object): ResponseHeaders {
  if (typeof body !== 'string') return JSON_HEADERS
  return { 'content-type': body.startsWith('<') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8' }
}
