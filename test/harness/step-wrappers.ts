// Steps made of other steps: cut into odd chunks, compressed, late, with other headers.
import { gzipSync } from 'node:zlib'
import type { Part, ResponseHeaders, Step } from './plan.ts'
import { plannedBytes } from './plan.ts'
import { seededRandom } from './seeded-random.ts'

/** Where to cut: at these offsets of the body, or at `pieces - 1` random ones that follow from the seed. */
export type Cuts = readonly number[] | { readonly seed: number; readonly pieces: number }

/** The same body in other chunks. Only for steps without a hold between their writes. */
export function splitChunks(step: Step, cuts: Cuts): Step {
  return {
    kind: `${step.kind}, split`,
    plan: (ask) => rewrite(step.plan(ask), (body) => slices(body, 'seed' in cuts ? randomOffsets(body, cuts) : cuts)),
  }
}

/** Every offset inside a UTF-8 character and between `\r` and `\n`: the places where a careless reader breaks. */
export function awkwardOffsets(body: Buffer): readonly number[] {
  const offsets: number[] = []
  for (let offset = 1; offset < body.length; offset++) {
    const byte = body[offset] ?? 0
    const continuesCharacter = (byte & 0xc0) === 0x80
    const insideLineEnd = body[offset - 1] === CARRIAGE_RETURN && byte === LINE_FEED
    if (continuesCharacter || insideLineEnd) offsets.push(offset)
  }
  return offsets
}

/** Compressed whatever the request accepts. Only for steps without a hold between their writes. */
export function gzipped(step: Step): Step {
  return {
    kind: `${step.kind}, gzipped`,
    plan: (ask) => {
      const body = gzipSync(plannedBytes(step, ask))
      return rewrite(step.plan(ask), () => [body]).map((part) =>
        changeHead(part, (headers) => compressedHeaders(headers, body)),
      )
    },
  }
}

/** The step, this much later. For load, where time is part of the load; elsewhere hold and release. */
export function delayed(ms: number, step: Step): Step {
  return { kind: `${step.kind}, delayed ${ms} ms`, plan: (ask) => [{ act: 'delay', ms }, ...step.plan(ask)] }
}

export function withHeaders(step: Step, headers: ResponseHeaders): Step {
  return {
    kind: step.kind,
    plan: (ask) => step.plan(ask).map((part) => changeHead(part, (own) => ({ ...own, ...headers }))),
  }
}

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a

/** Replaces the writes of a plan, in the place of the first. */
function rewrite(parts: readonly Part[], cut: (body: Buffer) => readonly Buffer[]): readonly Part[] {
  const first = parts.findIndex((part) => part.act === 'write')
  if (first < 0) return parts
  const last = parts.findLastIndex((part) => part.act === 'write')
  const written = parts.slice(first, last + 1).map((part) => {
    if (part.act !== 'write') throw new Error(`a step with "${part.act}" between its writes cannot be rewritten`)
    return part.bytes
  })
  const pieces = cut(Buffer.concat(written)).map((bytes): Part => ({ act: 'write', bytes }))
  return [...parts.slice(0, first), ...pieces, ...parts.slice(last + 1)]
}

function slices(body: Buffer, offsets: readonly number[]): readonly Buffer[] {
  const inside = offsets.filter((offset) => offset > 0 && offset < body.length)
  const borders = [0, ...[...new Set(inside)].toSorted((a, b) => a - b), body.length]
  return borders.slice(1).map((end, index) => body.subarray(borders[index], end))
}

function randomOffsets(body: Buffer, cuts: { readonly seed: number; readonly pieces: number }): readonly number[] {
  const random = seededRandom(cuts.seed)
  return Array.from({ length: cuts.pieces - 1 }, () => 1 + Math.floor(random() * (body.length - 1)))
}

function changeHead(part: Part, change: (headers: ResponseHeaders) => ResponseHeaders): Part {
  return part.act === 'head' ? { act: 'head', status: part.status, headers: change(part.headers) } : part
}

function compressedHeaders(headers: ResponseHeaders, body: Buffer): ResponseHeaders {
  const length = 'content-length' in headers ? { 'content-length': String(body.length) } : {}
  return { ...headers, ...length, 'content-encoding': 'gzip' }
}
