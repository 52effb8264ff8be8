// Phrases that the daemon keeps in English (why a node was chosen, what set it aside), put into another language.
// They are known by their wording, for they lie in records that older versions wrote; what is not known stays as it is.

/** English → the other language. `{{name}}` stands for any text, which is looked up by itself too; `{{number}}` for digits. */
export type Phrases = Readonly<Record<string, string>>

/** The table is asked for at the first phrase; in the order of its entries the first that fits decides. */
export function createPhrasebook(load: () => Phrases): (english: string) => string {
  let book: Book | null = null
  const say = (english: string): string => {
    book ??= openBook(load())
    const known = book.exact.get(english)
    if (known !== undefined) return known
    for (const { matches, other } of book.patterns) {
      const groups = matches.exec(english)?.groups
      if (groups !== undefined) return other.replaceAll(placeholder, (_, name: string) => say(groups[name] ?? ''))
    }
    return english
  }
  return say
}

type Book = { readonly exact: ReadonlyMap<string, string>; readonly patterns: readonly Pattern[] }
type Pattern = { readonly matches: RegExp; readonly other: string }

function openBook(phrases: Phrases): Book {
  const all = Object.entries(phrases)
  return {
    exact: new Map(all.filter(([english]) => !english.includes('{{'))),
    patterns: all
      .filter(([english]) => english.includes('{{'))
      .map(([english, other]) => ({ matches: patternOf(english), other })),
  }
}

const placeholder = /\{\{(\w+)\}\}/g
const digits = /^(?:seconds|status|number|count)$/

/** A phrase is one line: a dot that does not match line ends keeps an upstream's pages out. */
function patternOf(english: string): RegExp {
  const source = english
    .split(placeholder)
    .map((part, index) => {
      if (index % 2 === 0) return part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      return `(?<${part}>${digits.test(part) ? '[\\d.]+' : '.+?'})`
    })
    .join('')
  return new RegExp(`^${source}$`)
}
