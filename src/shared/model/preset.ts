// A provider that is known: what a new node of it needs beside a key.
import { z } from 'zod'
import { authFormSchema } from './node.ts'
import { protocolSchema } from './protocol.ts'

export const presetSchema = z.strictObject({
  /** What `--preset` takes: "anthropic", "deepseek". */
  id: z.string(),
  title: z.string(),
  /** One way in per protocol the provider speaks; the first is the default. */
  endpoints: z.array(z.strictObject({ protocol: protocolSchema, baseUrl: z.string(), auth: authFormSchema })).min(1),
  /** Where a user gets a key. */
  keysUrl: z.string(),
})
export type Preset = Readonly<z.infer<typeof presetSchema>>
