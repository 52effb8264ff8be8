// The words of the command line in the user's language: its own catalogues, and the daemon's sentences by their code.
import { createInstance } from 'i18next'
import { sentences as englishSentences } from '../../shared/text/en/sentences.ts'
import type { Parameters, Spoken } from '../../shared/text/spoken.ts'
import { sentences as chineseSentences } from '../../shared/text/zh-CN/sentences.ts'
import type { TextKey } from './catalogue.ts'
import { english } from './en/english.ts'
import type { Language } from './language.ts'
import { createPhrasebook, type Phrases } from './phrases.ts'
import { chinese } from './zh-CN/chinese.ts'
import { phrases } from './zh-CN/phrases.ts'
import { settingMeanings } from './zh-CN/setting-meanings.ts'

/** Something to be said: words of the command line, a sentence of the daemon, or text that nobody translates. */
export type Said =
  | { readonly key: TextKey; readonly parameters: Parameters }
  /** `lines`: what belongs under it, one by one. */
  | { readonly spoken: Spoken; readonly lines?: readonly Spoken[] }
  | { readonly plain: string }

export type Text = {
  readonly language: Language
  /** `{{name}}` is replaced by the parameter of that name; `count` chooses the plural. */
  readonly say: (key: TextKey, parameters?: Parameters) => string
  /** A sentence of the daemon; in English when this program does not know its code. */
  readonly spoken: (spoken: Spoken) => string
  readonly render: (said: Said) => string
  /** One of the fixed phrases that the daemon keeps in English; as it is when nobody knows it. */
  readonly phrase: (english: string) => string
  /** What a setting is for. */
  readonly settingMeaning: (setting: { readonly name: string; readonly text: string }) => string
}

export function createText(language: Language): Text {
  const i18n = createInstance()
  // Everything is in memory, so that this is done when it returns.
  void i18n.init({
    lng: language,
    fallbackLng: 'en',
    resources: {
      en: { translation: english },
      'zh-CN': { translation: chinese, sentences: chineseSentences },
    },
    initAsync: false,
    // Keys are flat, and may contain dots and colons.
    keySeparator: false,
    nsSeparator: false,
    // A terminal, not a page.
    interpolation: { escapeValue: false },
  })
  const say: Text['say'] = (key, parameters = {}) => i18n.t(key, parameters)
  const phrase = language === 'en' ? (words: string) => words : createPhrasebook(chinesePhrases)
  const spoken: Text['spoken'] = ({ code, parameters, text }) => {
    if (language === 'en') return text
    const said = Object.entries(parameters).map(([name, value]) => {
      return [name, typeof value === 'string' ? phrase(value) : value] as const
    })
    const words: Parameters = Object.fromEntries(said)
    return i18n.t(code, { ...words, ns: 'sentences', defaultValue: text, lng: language })
  }
  return {
    language,
    say,
    spoken,
    phrase,
    settingMeaning: ({ name, text }) => (language === 'en' ? text : (chineseMeanings.get(name) ?? text)),
    render: (said) => {
      if ('key' in said) return say(said.key, said.parameters)
      if ('plain' in said) return said.plain
      return [spoken(said.spoken), ...(said.lines ?? []).map((line) => `  ${spoken(line)}`)].join('\n')
    },
  }
}

const chineseMeanings: ReadonlyMap<string, string> = new Map(Object.entries(settingMeanings))

/** Where the daemon keeps one of its sentences as text (why a key cannot be opened), it is known by its words too. */
function chinesePhrases(): Phrases {
  const codes = new Map<string, string>(Object.entries(chineseSentences))
  const known = Object.entries(englishSentences).flatMap(([code, sentence]) => {
    const other = codes.get(code)
    // A sentence that is a parameter and nothing else would fit everything.
    return other === undefined || /^\W*\{\{\w+\}\}\W*$/.test(sentence) ? [] : [[sentence, other] as const]
  })
  return { ...phrases, ...Object.fromEntries(known) }
}
