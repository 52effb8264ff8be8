// Input with a "__proto__" key is refused whole (security.md): zod leaves such a key out of a record without a word.
import { ORPCError } from '@orpc/server'

/** Looks at the input before it is parsed. Without recursion, for whoever sends it chooses how deep it is. */
export function refuseProto(input: unknown): void {
  const left: unknown[] = [input]
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) {
      const issues = [
        { code: 'unrecognized_keys', keys: ['__proto__'], path: [], message: 'Unrecognized key: "__proto__"' },
      ]
      throw new ORPCError('BAD_REQUEST', { message: 'Input validation failed', data: { issues } })
    }
    for (const inner of Object.values(value)) if (inner !== undefined) left.push(inner)
  }
}
