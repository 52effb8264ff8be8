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

/** `known` is asked at every call, for keys come and go. Values under 6 characters are left to the patterns: they would eat words. */
export function createRedact(known: () => Iterable<string>): Redact {
  return (text) => {
    let clean = text
    for (const secret of known()) {
      if (secret.length >= 6 && clean.includes(secret)) clean = clean.replaceAll(secret, REPLACEMENT)
    }
    return redactPatterns(clean)
  }
}
