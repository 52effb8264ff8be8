// After a 400 about thinking signatures: the same Messages request without the thinking of another host (policies §3).
import {
  applyEdits,
  type Edit,
  elementsOf,
  lastValue,
  type Member,
  membersOf,
  rootOf,
  type Span,
  stringAt,
  withItems,
} from './json-surgery.ts'

/**
 * Strips every `thinking` and `redacted_thinking` block from the assistant turns: a request does not say whose they are, and
 * leaving them out is allowed. Where the last assistant turn would have to start with one and thinking is `enabled`, thinking
 * is switched off for this request. Everything else keeps its bytes. Null when there is nothing to change, or the body is not
 * a Messages request. Call it only after such a 400, or for a pair (origin, target) that is known to give it.
 */
export function rectifySignature(body: Uint8Array): Buffer | null {
  const text = jsonTextOf(body)
  if (text === null) return null
  // A body may be megabytes: every span is found once and handed on.
  const root = rootOf(text)
  const members = membersOf(text, root)
  const list = lastValue(members, 'messages')
  if (list === null) return null
  const messages = elementsOf(text, list).map((span) => readMessage(text, span))
  const edits = stripThinking(text, messages)
  const thinking = lastValue(members, 'thinking')
  if (thinking !== null && typeOf(text, thinking) === 'enabled' && lastTurnMissesThinking(messages)) {
    return Buffer.from(applyEdits(text, [withoutThinking(text, root, { members, edits })]))
  }
  return edits.length === 0 ? null : Buffer.from(applyEdits(text, edits))
}

type Message = {
  readonly span: Span
  readonly assistant: boolean
  readonly hasToolUse: boolean
  readonly hasToolResult: boolean
  readonly content: Span | null
  readonly blocks: readonly Span[]
  /** The blocks without thinking. */
  readonly kept: readonly Span[]
}

function readMessage(text: string, span: Span): Message {
  const members = membersOf(text, span)
  const role = lastValue(members, 'role')
  const assistant = role !== null && stringAt(text, role) === 'assistant'
  const content = lastValue(members, 'content')
  const blocks = content === null ? [] : elementsOf(text, content)
  const types = blocks.map((block) => typeOf(text, block))
  const kept = assistant ? blocks.filter((_, index) => !thinkingTypes.has(types[index] ?? '')) : blocks
  const hasToolUse = assistant && types.includes('tool_use')
  return {
    span,
    assistant,
    hasToolUse,
    hasToolResult: !assistant && types.includes('tool_result'),
    content,
    blocks,
    kept,
  }
}

const thinkingTypes: ReadonlySet<string> = new Set(['thinking', 'redacted_thinking'])

function stripThinking(text: string, messages: readonly Message[]): readonly Edit[] {
  return messages.flatMap((message, index) => {
    if (message.content === null || !losesThinking(message)) return []
    if (message.kept.length > 0) return [withItems(text, message.content, message.kept)]
    const before = messages[index - 1]
    const last = index === messages.length - 1
    // An empty turn is refused everywhere but at the end, and dropping it could leave two turns of the user in a row, which
    // not every host takes. At the end a placeholder would be a prefill that the model goes on from: there the turn goes.
    if (last && before !== undefined) return [{ start: before.span.end, end: message.span.end, text: '' }]
    return [{ ...message.content, text: `[${EMPTY_TURN_BLOCK}]` }]
  })
}

/** Claude Code's own words for a turn without content. */
const EMPTY_TURN_BLOCK = '{"type":"text","text":"(no content)"}'

function losesThinking(message: Message): boolean {
  return message.kept.length < message.blocks.length
}

/**
 * With thinking `enabled` (not `adaptive`) a host may refuse a last assistant turn that does not start with a thinking block.
 * A turn reaches over its tool results: in a tool loop only its first message has one. So: whatever it had was stripped, or
 * it is a tool loop that never had one, begun on a host (or by a request of ours) without thinking.
 */
function lastTurnMissesThinking(messages: readonly Message[]): boolean {
  const lastAssistant = messages.findLastIndex((message) => message.assistant)
  if (lastAssistant === -1) return false
  const openLoop =
    messages[lastAssistant]?.hasToolUse === true && messages.slice(lastAssistant + 1).some((m) => m.hasToolResult)
  if (openLoop) return true
  const before = messages.slice(0, lastAssistant)
  const turnStart = before.findLastIndex((message) => !message.assistant && !message.hasToolResult) + 1
  return messages.slice(turnStart, lastAssistant + 1).some(losesThinking)
}

type Found = { readonly members: readonly Member[]; readonly edits: readonly Edit[] }

/**
 * The whole body again, after the `edits` inside it, without `thinking` and what needs it. The `clear_thinking_*` edits of
 * `context_management` do: alone they are a 400. Nothing else: `output_config.effort` and `max_tokens` hold without thinking,
 * and temperature, top_p and tool_choice only get freer.
 */
function withoutThinking(text: string, root: Span, { members, edits }: Found): Edit {
  const items = members.flatMap((member) => {
    switch (member.key) {
      case 'thinking':
        return []
      case 'context_management':
        return manageWithoutThinking(text, member)
      default:
        return [
          applyEdits(
            text,
            edits.filter((edit) => edit.start >= member.start && edit.end <= member.end),
            member,
          ),
        ]
    }
  })
  return { ...root, text: `{${items.join(',')}}` }
}

function manageWithoutThinking(text: string, management: Member): readonly string[] {
  const inside = membersOf(text, management.value)
  const list = lastValue(inside, 'edits')
  const all = list === null ? [] : elementsOf(text, list)
  const kept = all.filter((edit) => !typeOf(text, edit).startsWith('clear_thinking_'))
  if (list === null || kept.length === all.length) return [text.slice(management.start, management.end)]
  // Without any edit left there is nothing to manage, unless the object says more than edits.
  if (kept.length === 0 && inside.length === 1) return []
  return [applyEdits(text, [withItems(text, list, kept)], management)]
}

function typeOf(text: string, object: Span): string {
  const type = lastValue(membersOf(text, object), 'type')
  return type === null ? '' : stringAt(text, type)
}

/** Null unless the bytes are UTF-8 and JSON: everything after this may trust the text. */
export function jsonTextOf(body: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    JSON.parse(text)
    return text
  } catch {
    return null
  }
}
