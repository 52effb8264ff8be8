// What a client key that is known may do now: whether it is in force, and which models it may ask for.
import { allowsModel, type ClientKey, isExpired } from '../../shared/model/client-key.ts'
import { ProxyError } from '../proxy-error.ts'

/** None of these passes by being sent again. */
const never = { shouldRetry: false } as const

/** Throws key-disabled or key-expired. Asked once, when the request arrives: what runs when its key expires may end. */
export function admitKey({ name, enabled, expiresAtMs }: ClientKey, wallMs: number): void {
  if (!enabled) {
    throw new ProxyError(
      'key-disabled',
      `the client key ${name} is disabled. Enable it with \`switchyard key enable\`.`,
      never,
    )
  }
  if (expiresAtMs === null || !isExpired({ expiresAtMs }, wallMs)) return
  const at = new Date(expiresAtMs).toISOString()
  const message = `the client key ${name} expired at ${at}. Give it more time with \`switchyard key edit\`, or make a new one with \`switchyard key create\`.`
  throw new ProxyError('key-expired', message, never)
}

/** A tool shows this to a person: of a list of a thousand the first few are enough. */
const NAMED_MODELS_MAX = 10

/** By the name the client gives, before any node maps it. Throws model-not-allowed. */
export function admitModel(key: ClientKey, model: string): void {
  if (allowsModel(key, model)) return
  const named = key.models.slice(0, NAMED_MODELS_MAX)
  const more = key.models.length - named.length
  const allowed = [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
  const message = `the client key ${key.name} may not ask for ${model}. It may ask for: ${allowed}. Choose one of these, or change the key with \`switchyard key edit\`.`
  throw new ProxyError('model-not-allowed', message, never)
}
