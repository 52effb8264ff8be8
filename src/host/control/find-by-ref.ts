// Finds a node, client key or pool by id or name, and says what is near when there is none.
import { ControlError } from './control-error.ts'

type Named = { readonly id: string; readonly name: string }

const NAMES_SHOWN_MAX = 5

/** What may be looked for by a reference; the catalogue has three sentences for each. */
export type Kind = 'node' | 'node-key' | 'client-key' | 'pool' | 'setting'

/** An id wins over a name. Names are unique whatever their case, so they are found whatever their case. */
export function findByRef<T extends Named>(items: readonly T[], ref: string, kind: Kind): T {
  const lower = ref.toLowerCase()
  const found = items.find((item) => item.id === ref) ?? items.find((item) => item.name.toLowerCase() === lower)
  if (found !== undefined) return found
  throw notFound(
    kind,
    ref,
    items.map((item) => item.name),
  )
}

export function notFound(kind: Kind, ref: string, names: readonly string[]): ControlError {
  if (names.length === 0) return new ControlError('NOT_FOUND', `${kind}-unknown-none`, { ref })
  const near = nearNames(ref, names).map((name) => `"${name}"`)
  if (near.length > 0) return new ControlError('NOT_FOUND', `${kind}-unknown-near`, { ref, names: near.join(', ') })
  return new ControlError('NOT_FOUND', `${kind}-unknown-far`, { ref, names: someOf(names) })
}

/** The first few by name. */
function someOf(names: readonly string[]): string {
  const shown = names.toSorted().slice(0, NAMES_SHOWN_MAX)
  return [...shown, ...(names.length > shown.length ? ['…'] : [])].join(', ')
}

/** Nearest first: one part of the other, or few letters apart. */
export function nearNames(ref: string, names: readonly string[]): readonly string[] {
  const wanted = ref.toLowerCase()
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  return names
    .map((name) => ({ name, distance: distanceTo(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, NAMES_SHOWN_MAX)
    .map(({ name }) => name)
}

function distanceTo(wanted: string, name: string): number {
  const partOf = name.includes(wanted) || (wanted.length > 3 && wanted.includes(name))
  return partOf ? 0 : editDistance(wanted, name)
}

/** Levenshtein, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
