// Takes the bytes of an HTTP/1.1 connection apart again, for what a tap has recorded: every byte counts, nothing is guessed.

export type ParsedMessage = {
  /** The request line or the status line. */
  readonly start: string
  /** Names and values in turn, in order and case as sent. */
  readonly rawHeaders: readonly string[]
  /** Transfer coding undone, content coding not. */
  readonly body: Buffer
  /** The whole message is here. */
  readonly complete: boolean
}

/** `hasBody` is asked per answer: one to HEAD has none, whatever its length says. */
export function parseMessages(
  bytes: Buffer,
  hasBody: (index: number) => boolean = () => true,
): readonly ParsedMessage[] {
  const messages: ParsedMessage[] = []
  let rest = bytes
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) return messages
    const [start = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n')
    const rawHeaders = lines.flatMap((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ])
    const { body, complete, bytesRead } = readBody(rest.subarray(headEnd + 4), {
      start,
      rawHeaders,
      bodyless: !hasBody(messages.length),
    })
    messages.push({ start, rawHeaders, body, complete })
    if (!complete) return messages
    rest = rest.subarray(headEnd + 4 + bytesRead)
  }
}

/** All values of a header, joined with ", "; null when absent. */
export function headerOf(rawHeaders: readonly string[], name: string): string | null {
  const values = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name.toLowerCase())
  return values.length === 0 ? null : values.join(', ')
}

type BodyRead = { readonly body: Buffer; readonly complete: boolean; readonly bytesRead: number }
type Head = { readonly start: string; readonly rawHeaders: readonly string[]; readonly bodyless: boolean }

function readBody(rest: Buffer, { start, rawHeaders, bodyless }: Head): BodyRead {
  if (bodyless || /^HTTP\/1\.1 (?:1\d\d|204|304) /.test(start)) return ofLength(rest, 0)
  if (headerOf(rawHeaders, 'transfer-encoding') !== null) return readChunks(rest)
  const length = headerOf(rawHeaders, 'content-length')
  if (length !== null) return ofLength(rest, Number(length))
  // An answer without a length ends with its connection; a request without one has no body.
  return start.startsWith('HTTP/') ? { body: rest, complete: true, bytesRead: rest.length } : ofLength(rest, 0)
}

function ofLength(rest: Buffer, length: number): BodyRead {
  return { body: rest.subarray(0, length), complete: rest.length >= length, bytesRead: length }
}

function readChunks(bytes: Buffer): BodyRead {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const from = lineEnd + 2
    if (Number.isNaN(size) || bytes.length < from + size + 2) {
      // What came of a cut chunk was received all the same.
      if (!Number.isNaN(size)) chunks.push(bytes.subarray(from))
      return { body: Buffer.concat(chunks), complete: false, bytesRead: bytes.length }
    }
    if (size === 0) return { body: Buffer.concat(chunks), complete: true, bytesRead: from + 2 }
    chunks.push(bytes.subarray(from, from + size))
    at = from + size + 2
  }
}
