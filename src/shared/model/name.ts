// What a node, a pool or a client key may be called: safe in a shell, a URL path and a log line.
import { z } from 'zod'

export const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name has 1 to 64 letters, digits, dots, dashes or underscores and starts with a letter or digit',
  )
