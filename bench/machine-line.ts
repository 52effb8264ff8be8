// The machine a figure was measured on, in one line: what changes a figure, and nothing that names a machine or a path.
import { availableParallelism, cpus, totalmem, type } from 'node:os'

export function machineLine(): string {
  const model = cpus()[0]?.model.trim().replace(/\s+/g, ' ') || 'unknown processor'
  const memoryGib = Math.round(totalmem() / 1024 ** 3)
  return `${availableParallelism()} cores of ${model}, ${memoryGib} GiB, ${type()}, Node ${process.versions.node}`
}
