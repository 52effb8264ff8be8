// Makes a sentence that travels: its code and parameters for whoever speaks another language, its English text for all.
import { sentences } from './en/sentences.ts'
import { fill, type Parameters, type Spoken } from './spoken.ts'

export type SentenceCode = keyof typeof sentences

export function speak(code: SentenceCode, parameters: Parameters = {}): Spoken {
  return { code, parameters, text: fill(sentences[code], parameters) }
}
