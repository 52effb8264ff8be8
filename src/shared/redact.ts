// Keeps secrets out of logs, errors and records: known values are replaced exactly, key-like patterns by shape.

const REPLACEMENT = '[redacted]'

/** Shapes of keys of well-known providers, of ours, and of a credential in a header or query. */
const patterns: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{8,}/g,
  /\bsy-[A-Za-z0-9_-]{8,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}/g,
  /(?<=\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=\b(?:x-api-key|api[-_]?key|x-goog-api-key|authorization|token|secret)["']?\s*[:=]\s*["']?)(?!bearer\b)[A-Za-z0-9._~+/=-]{8,}/gi,
  /(?<=[?&](?:key|api_key|access_token)=)[^&\s"']{4,}/gi,
  /(?<=:\/\/)[^/\s@:]+:[^/\s@]+(?=@)/g,
]

/** One cheap look: a text without any of these has nothing for the patterns, and most log lines have none. */
const suspicious = /s[ky]-|AIza|gh[pousr]_|eyJ|bearer|key|auth|token|secret|:\/\//i

export type Redact = (text: string) => string

/** Patterns only: for text that is made before any key is known. */
export function redactPatterns(text: string): string {
  if (!suspicious.test(text)) return text
  return patterns.reduce((clean, pattern) => clean.replace(pattern, REPLACEMENT), text)
}

export type Redactor = {
  /** A value that must never be shown again. Nothing is forgotten: an answer on its way may quote a key that was just removed. */
  readonly add: (secret: string) => void
  readonly redact: Redact
}

/** Shorter values are left to the patterns: they would eat words. */
const SECRET_CHARACTERS_MIN = 6
/** What a text must contain of some secret before all of them are looked for: with a thousand keys a log line stays cheap. */
const HINT_CHARACTERS = 4

export function createRedactor(): Redactor {
  /** Longest first: one that begins like another must go whole. */
  let secrets: readonly string[] = []
  let hint: RegExp | null = null
  return {
    add: (secret) => {
      if (secret.length < SECRET_CHARACTERS_MIN || secrets.includes(secret)) return
      secrets = [...secrets, secret].toSorted((a, b) => b.length - a.length)
      hint = null
    },
    redact: (text) => {
      if (secrets.length === 0) return redactPatterns(text)
      hint ??= anyStartOf(secrets)
      if (!hint.test(text)) return redactPatterns(text)
      let clean = text
      for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, REPLACEMENT)
      return redactPatterns(clean)
    },
  }
}

function anyStartOf(secrets: readonly string[]): RegExp {
  const starts = new Set(secrets.map((secret) => secret.slice(0, HINT_CHARACTERS)))
  return new RegExp([...starts].map((start) => start.replaceAll(/[^A-Za-z0-9]/g, '\\$&')).join('|'))
}
