// Circles in a graph of files, each reported once.

/** Each circle as the files in it, starting from the first by name; `graph` maps a file to those it imports. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const finished = new Set<string>()
  const cycles = new Map<string, readonly string[]>()
  const path: string[] = []

  const visit = (file: string): void => {
    const seenAt = path.indexOf(file)
    if (seenAt !== -1) {
      const cycle = fromSmallest(path.slice(seenAt))
      cycles.set(cycle.join('\n'), cycle)
      return
    }
    if (finished.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    finished.add(file)
  }

  for (const file of [...graph.keys()].toSorted()) visit(file)
  return [...cycles.values()]
}

/** The same circle may be entered anywhere; turned to one start it has one name. */
function fromSmallest(cycle: readonly string[]): readonly string[] {
  const start = cycle.indexOf(cycle.toSorted()[0] ?? '')
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}
