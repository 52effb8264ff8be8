// The body of a messages request the way tools send it.

export type MessagesBodyOptions = {
  readonly model?: string
  readonly stream?: boolean
  readonly text?: string
  /** Lands in `metadata.user_id`, a JSON string as Claude Code writes it. */
  readonly sessionId?: string
  /** Whole turns instead of one user message. */
  readonly messages?: readonly object[]
  readonly system?: string | readonly object[]
  /** Laid over everything: fields this builder does not know. */
  readonly more?: Readonly<Record<string, unknown>>
  /** Pads the user's text until the body has about this size. */
  readonly padToBytes?: number
}

/** What Claude Code 2.1.329 asks for; the SDK warns about older ones. */
export const DEFAULT_MODEL = 'claude-opus-5-5'

/** Bytes, so that a test can compare what arrived with what was sent. */
export function messagesBody(options: MessagesBodyOptions = {}): Buffer {
  const text = (options.text ?? 'hi').padEnd(options.padToBytes ?? 0, ' padding')
  const body = {
    model: options.model ?? DEFAULT_MODEL,
    max_tokens: 1024,
    stream: options.stream ?? false,
    ...(options.system === undefined ? {} : { system: options.system }),
    messages: options.messages ?? [{ role: 'user', content: text }],
    ...(options.sessionId === undefined ? {} : { metadata: { user_id: userId(options.sessionId) } }),
    ...options.more,
  }
  return Buffer.from(JSON.stringify(body))
}

function userId(sessionId: string): string {
  return JSON.stringify({ device_id: 'test-device', account_uuid: '', session_id: sessionId })
}
