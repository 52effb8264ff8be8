// Times and numbers for people, always with their unit.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "12 ms", "1.84 s", "2 min 3 s", "4 h 5 min", "3 d 2 h". */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs)
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(2)} s`
  if (ms < 59.5 * SECOND) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR - 0.5 * SECOND) return pair(ms, { unit: MINUTE, name: 'min', rest: SECOND, restName: 's' })
  if (ms < DAY - 0.5 * MINUTE) return pair(ms, { unit: HOUR, name: 'h', rest: MINUTE, restName: 'min' })
  return pair(ms, { unit: DAY, name: 'd', rest: HOUR, restName: 'h' })
}

type Units = { readonly unit: number; readonly name: string; readonly rest: number; readonly restName: string }

function pair(ms: number, { unit, name, rest, restName }: Units): string {
  const rounded = Math.round(ms / rest) * rest
  const whole = Math.floor(rounded / unit)
  const remainder = Math.round((rounded - whole * unit) / rest)
  return remainder === 0 ? `${whole} ${name}` : `${whole} ${name} ${remainder} ${restName}`
}

/** "in 8 s", or "now" when it is due. */
export function formatDue(dueAtMs: number, nowMs: number): string {
  return dueAtMs <= nowMs
    ? 'now'
    : `in ${formatDuration(Math.ceil((dueAtMs - nowMs) / SECOND) * SECOND)}`.replace('.00', '')
}

/** Local time of day: "14:03:09". */
export function formatClock(atMs: number): string {
  const time = new Date(atMs)
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** Local date: "2026-05-04". */
export function formatDate(atMs: number): string {
  const time = new Date(atMs)
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}-${String(time.getDate()).padStart(2, '0')}`
}

/** "1,204". */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
