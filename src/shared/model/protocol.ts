// The wire protocols a client may speak and a node may serve.
import { z } from 'zod'

export const protocolSchema = z.enum(['anthropic', 'openai-responses', 'openai-chat', 'gemini'])
export type Protocol = z.infer<typeof protocolSchema>
