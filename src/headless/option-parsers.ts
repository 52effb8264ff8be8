// Parsers of option values: each refuses with the right form.
import { InvalidArgumentError } from 'commander'
import { nameSchema } from '../shared/model/name.ts'
import { usageError } from './cli-error.ts'

type Range = { readonly min: number; readonly max: number }

export function wholeNumber({ min, max }: Range): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It takes a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

/** 0 lets the system pick a free port. */
export const portNumber = wholeNumber({ min: 0, max: 65_535 })

export function name(text: string): string {
  const result = nameSchema.safeParse(text)
  if (result.success) return text
  const rule = result.error.issues[0]?.message ?? 'this is not a name'
  throw new InvalidArgumentError(`${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`)
}

/** Collects an option that may be given several times; `parse` checks each value. */
export function several(parse: (text: string) => string): (text: string, before: unknown) => readonly string[] {
  return (text, before) => [...(Array.isArray(before) ? before.map(String) : []), parse(text)]
}

export function modelName(text: string): string {
  if (text === '' || text.length > 200)
    throw new InvalidArgumentError('A model has 1 to 200 characters; * stands for any.')
  return text
}

export function mapping(text: string): string {
  if (!/^[^=]{1,200}=.{1,200}$/.test(text)) {
    throw new InvalidArgumentError('It takes FROM=TO, for example claude-*=glm-4.6.')
  }
  return text
}

export function environmentName(text: string): string {
  // Not commander's error, which shows the text: it may be the key itself.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,199}$/.test(text)) {
    throw usageError('--key-env takes the name of an environment variable, not its value.')
  }
  return text
}
