// An error inside a 200 answer of an OpenAI protocol: what it says, and whether a healthy node would say the same.
import { errorFactsOf } from '../classify/error-facts.ts'
import { builtInRules, matchRule } from '../classify/rules.ts'
import { objectOf, textOf } from './json-fields.ts'
import type { EventMeaning } from './protocol.ts'

export type Failure = {
  /** As the node wrote them: the code, which says more than the type; empty when absent. */
  readonly errorType: string
  readonly message: string
  /** The request is to blame: it goes to the client word for word. Whatever is not known to be its fault is the node's. */
  readonly clientsOwn: boolean
}

/** `error` is an object with type, code and message, or a text. */
export function failureOf(error: unknown): Failure {
  const fields = objectOf(error)
  const message = fields === null ? textOf(error) : textOf(fields['message'])
  const errorType = codeOf(fields?.['code']) || textOf(fields?.['type'])
  return { errorType, message, clientsOwn: isClientsOwn(errorType, message) }
}

export function errorMeaning({ errorType, message }: Failure): EventMeaning {
  return { kind: 'error', errorType, message }
}

/** Some hosts put the HTTP status there, which is no word for anything. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && !/^\d*$/.test(code) ? code : ''
}

function isClientsOwn(errorType: string, message: string): boolean {
  // The rules know "prompt too long" in every wording, and money, load and keys, which are never the client's.
  const rule = matchRule(builtInRules, errorFactsOf({ errorType, message, body: '' }), [400])
  return rule === null ? clientsCodes.test(errorType) : rule.class === 'client-recoverable'
}

/** What OpenAI lists for a failed response beside `server_error`, `rate_limit_exceeded` and `vector_store_timeout`, and its policies. */
const clientsCodes =
  /^(?:invalid_prompt|invalid_(?:base64_)?image(?:_format|_url|_mode)?|image_\w+|unsupported_image_media_type|empty_image_file|failed_to_download_image|content_(?:filter|policy_violation)|\w+_policy(?:_violation)?)$/
