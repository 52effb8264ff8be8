// The keys of the catalogues: English has them all, and every other language is checked against it.
import type { english } from './en/english.ts'

type EnglishKey = keyof typeof english

/** `nodes_one` and `nodes_other` are asked for as `nodes`, with a `count`. */
type WithoutPlural<Key extends string> = Key extends `${infer Name}_one` | `${infer Name}_other` ? Name : Key
export type TextKey = WithoutPlural<EnglishKey>

/** What every other language has: all keys but the singulars, which Chinese does not know. */
export type Translation = Readonly<Record<Exclude<EnglishKey, `${string}_one`>, string>>
