// What both listeners refuse before they route or read a body: foreign hosts, foreign pages, targets that could mislead (security.md).

export type GuardNames = {
  /** Lower case, with port. */
  readonly hosts: ReadonlySet<string>
  readonly origins: ReadonlySet<string>
}

export type GuardedHead = {
  /** Every Host field of the request: a second one is refused, not ignored. */
  readonly hosts: readonly string[]
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined
  /** The request target as it stood in the request line. */
  readonly target: string
}

export type GuardRefusal = {
  readonly status: 421 | 403 | 400
  readonly code: 'MISDIRECTED_REQUEST' | 'FOREIGN_ORIGIN' | 'BAD_TARGET'
  readonly message: string
}

/** `extraHosts` are names the user configured, with or without a port. */
export function guardNames(port: number, extraHosts: readonly string[] = []): GuardNames {
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  const hosts = new Set([...own, ...extraHosts.map((name) => name.toLowerCase())])
  return { hosts, origins: new Set([...hosts].map((host) => `http://${host}`)) }
}

/** Null lets the request through. */
export function checkHead(head: GuardedHead, names: GuardNames): GuardRefusal | null {
  const [host, ...more] = head.hosts
  if (host === undefined || more.length > 0 || !names.hosts.has(host.toLowerCase())) {
    return {
      status: 421,
      code: 'MISDIRECTED_REQUEST',
      message: `This server answers to ${[...names.hosts].join(', ')} only: send exactly one Host header with one of them.`,
    }
  }
  if (isForeignOrigin(head, names)) {
    return {
      status: 403,
      code: 'FOREIGN_ORIGIN',
      message: 'Requests made by a web page of another origin are refused.',
    }
  }
  return checkTarget(head.target)
}

function isForeignOrigin(head: GuardedHead, names: GuardNames): boolean {
  if (head.origin !== undefined && !names.origins.has(head.origin.toLowerCase())) return true
  return head.fetchSite !== undefined && head.fetchSite !== 'none' && head.fetchSite !== 'same-origin'
}

const BAD_TARGET_MESSAGE =
  'The request target must be a plain path: no scheme or host, no "//", no backslash, no "..", no control characters.'

// A target decides where a request goes; what two parsers could read differently is not passed to any of them.
function checkTarget(target: string): GuardRefusal | null {
  const path = target.split('?', 1)[0] ?? ''
  const isPlain =
    path.startsWith('/') &&
    !path.includes('//') &&
    !/[\\#]|%5c|%2f%2f/i.test(path) &&
    !/(?:^|\/|%2f)(?:\.|%2e){2}(?:\/|%2f|$)/i.test(path) &&
    !/%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(path) &&
    isPrintable(target)
  return isPlain ? null : { status: 400, code: 'BAD_TARGET', message: BAD_TARGET_MESSAGE }
}

function isPrintable(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code <= 0x20 || code === 0x7f) return false
  }
  return true
}
