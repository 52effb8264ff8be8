// The few statistics that the benchmarks print.

/** Of a copy; the lower of the two middle ones, so that it is a value that was measured. NaN when empty. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Nearest rank; NaN when empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
