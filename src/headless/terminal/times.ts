// Times and numbers for people, always with their unit.
import type { TextKey } from '../text/catalogue.ts'
import type { Text } from '../text/text.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "12 ms", "1.84 s", "2 min 3 s", "4 h 5 min", "3 d 2 h". */
export function formatDuration(durationMs: number, { say }: Pick<Text, 'say'>): string {
  const ms = Math.max(0, durationMs)
  const one = (count: number | string, unit: TextKey) => `${count} ${say(unit)}`
  if (ms < 999.5) return one(Math.round(ms), 'unit.millisecond')
  if (ms < 10 * SECOND) return one((ms / SECOND).toFixed(2), 'unit.second')
  if (ms < 59.5 * SECOND) return one(Math.round(ms / SECOND), 'unit.second')
  const units = unitsOf(ms)
  const rounded = Math.round(ms / units.rest) * units.rest
  const whole = Math.floor(rounded / units.unit)
  const remainder = Math.round((rounded - whole * units.unit) / units.rest)
  const first = one(whole, units.name)
  return remainder === 0 ? first : `${first} ${one(remainder, units.restName)}`
}

type Units = { readonly unit: number; readonly name: TextKey; readonly rest: number; readonly restName: TextKey }

function unitsOf(ms: number): Units {
  if (ms < HOUR - 0.5 * SECOND) {
    return { unit: MINUTE, name: 'unit.minute', rest: SECOND, restName: 'unit.second' }
  }
  return ms < DAY - 0.5 * MINUTE
    ? { unit: HOUR, name: 'unit.hour', rest: MINUTE, restName: 'unit.minute' }
    : { unit: DAY, name: 'unit.day', rest: HOUR, restName: 'unit.hour' }
}

export type Moments = { readonly nowMs: number; readonly text: Text }

/** "in 8 s", or "now" when it is due. */
export function formatDue(dueAtMs: number, { nowMs, text }: Moments): string {
  if (dueAtMs <= nowMs) return text.say('word.now')
  const duration = formatDuration(Math.ceil((dueAtMs - nowMs) / SECOND) * SECOND, text).replace('.00', '')
  return text.say('word.in-time', { duration })
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
