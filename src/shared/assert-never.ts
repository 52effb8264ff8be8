// The end of every switch over a union: a new case that nobody handled does not compile.
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}
