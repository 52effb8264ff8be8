// Several chunks as one piece, for a reader that looks once and keeps nothing: the same memory serves every answer, because
// a fresh 100 kB per request costs more in the allocator and the garbage collector than everything else done with it.

/** Larger answers get memory of their own, so that one of them does not stay for ever. */
const SCRATCH_BYTES_MAX = 1024 * 1024

let scratch = Buffer.alloc(0)

/** Calls `look` at once. It must not keep the bytes, nor a part of them, beyond its return. */
export function lookAtJoined<T>(chunks: readonly Buffer[], look: (bytes: Buffer) => T): T {
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return look(first)
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (length > SCRATCH_BYTES_MAX) return look(Buffer.concat(chunks))
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(Math.min(SCRATCH_BYTES_MAX, length * 2))
  let at = 0
  for (const chunk of chunks) at += chunk.copy(scratch, at)
  return look(scratch.subarray(0, length))
}
