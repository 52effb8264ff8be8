// Parsers of option values: each refuses with the right form.
import { nameSchema } from '../shared/model/name.ts'
import { usageError } from './cli-error.ts'

type Range = { readonly min: number; readonly max: number }

/** `option` is named in the refusal. */
export function wholeNumber(option: string, { min, max }: Range): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw usageError('usage.whole-number', { option, min, max })
    }
    return value
  }
}

/** 0 lets the system pick a free port. */
export function portNumber(option: string): (text: string) => number {
  return wholeNumber(option, { min: 0, max: 65_535 })
}

export function name(text: string): string {
  if (nameSchema.safeParse(text).success) return text
  throw usageError('usage.name')
}

/** Collects an option that may be given several times; `parse` checks each value. */
export function several(parse: (text: string) => string): (text: string, before: unknown) => readonly string[] {
  return (text, before) => [...(Array.isArray(before) ? before.map(String) : []), parse(text)]
}

export function modelName(text: string): string {
  if (text === '' || text.length > 200) throw usageError('usage.model')
  return text
}

export function mapping(text: string): string {
  if (!/^[^=]{1,200}=.{1,200}$/.test(text)) {
    throw usageError('usage.mapping')
  }
  return text
}

export function environmentName(text: string): string {
  // Not commander's error, which shows the text: it may be the key itself.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(text)) {
    throw usageError('usage.key-env')
  }
  return text
}
