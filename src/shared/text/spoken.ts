// A sentence that can be said in every language of the product: a stable code with its parameters, and the English text.
import { z } from 'zod'

const parametersSchema = z.record(z.string(), z.union([z.string(), z.number()]))
export type Parameters = Readonly<z.infer<typeof parametersSchema>>

export const spokenSchema = z.strictObject({
  /** Key of the sentence in the catalogues (shared/text/…/sentences.ts). */
  code: z.string(),
  parameters: parametersSchema,
  /** In English, for whoever does not know the code. */
  text: z.string(),
})
export type Spoken = Readonly<z.infer<typeof spokenSchema>>

/** `{{name}}` in a sentence is replaced by the parameter of that name; the form i18next reads too. */
export function fill(sentence: string, parameters: Parameters): string {
  return sentence.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, name: string) => String(parameters[name] ?? placeholder))
}
