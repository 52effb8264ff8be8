// Typed access to what commander parsed: its options are untyped, so each value is checked where it is read.

export type Options = {
  readonly text: (name: string) => string | undefined
  readonly number: (name: string) => number | undefined
  /** Undefined when neither the option nor its `--no-` form was given. */
  readonly flag: (name: string) => boolean | undefined
  /** Undefined when it was not given. */
  readonly list: (name: string) => readonly string[] | undefined
}

/** `name` is the option in camel case, as commander keeps it. */
export function readOptions(values: Readonly<Record<string, unknown>>): Options {
  return {
    text: (name) => {
      const value = values[name]
      return typeof value === 'string' ? value : undefined
    },
    number: (name) => {
      const value = values[name]
      return typeof value === 'number' ? value : undefined
    },
    flag: (name) => {
      const value = values[name]
      return typeof value === 'boolean' ? value : undefined
    },
    list: (name) => {
      const value = values[name]
      return Array.isArray(value) ? value.map(String) : undefined
    },
  }
}
