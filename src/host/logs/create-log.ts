// The log: JSON lines by pino, `[tag]` in front of the message, every text redacted before it is written.
import { pino } from 'pino'
import type { Log, LogFields, LogLevel, LogTag } from '../../engine/ports.ts'
import type { Redact } from '../../shared/redact.ts'

/** The host's own stages beside the engine's. */
export type HostLogTag = LogTag | 'start' | 'ledger' | 'vault' | 'settings' | 'control' | 'demo'
// As many as any logger takes: an options object would be made for every line that is filtered out.
// oxlint-disable-next-line max-params
export type HostLog = (level: LogLevel, tag: HostLogTag, message: string, fields?: LogFields) => void

export type LogOptions = {
  /** Null for none. */
  readonly destination: NodeJS.WritableStream | null
  /** Asked at every line, so that the level changes at run time. */
  readonly debug: () => boolean
  readonly redact: Redact
}

export function createLog({ destination, debug, redact }: LogOptions): HostLog & Log {
  if (destination === null) return () => undefined
  const logger = pino(
    {
      // The filter is ours (`debug`), for pino's level is set once.
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(line) },
  )
  // oxlint-disable-next-line max-params
  return (level, tag, message, fields = {}) => {
    if (level === 'debug' && !debug()) return
    logger[level](redactFields(fields, redact), `[${tag}] ${redact(message)}`)
  }
}

/** Before serialising, not after: JSON writes some characters of a key differently, and a cut line would not parse. */
function redactFields(fields: LogFields, redact: Redact): LogFields {
  const clean: Record<string, LogFields[string]> = {}
  for (const [name, value] of Object.entries(fields)) clean[name] = typeof value === 'string' ? redact(value) : value
  return clean
}
