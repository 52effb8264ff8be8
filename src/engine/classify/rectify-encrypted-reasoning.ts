// After a 400 about encrypted contents: the same Responses request without the reasoning of another account (policies §3).
import { applyEdits, elementsOf, lastValue, membersOf, rootOf, stringAt, withItems } from './json-surgery.ts'
import { jsonTextOf } from './rectify-signature.ts'

/**
 * Strips every `reasoning` item that carries an `encrypted_content` from `input`: only the account that wrote one can read it,
 * and leaving it out is allowed where nothing is stored. A `compaction` stays, for it is the conversation itself. Everything
 * else keeps its bytes. Null when there is nothing to strip. Call it only after such a 400, or for a pair (origin, target)
 * that is known to give it.
 */
export function rectifyEncryptedReasoning(body: Uint8Array): Buffer | null {
  const text = jsonTextOf(body)
  if (text === null) return null
  const input = lastValue(membersOf(text, rootOf(text)), 'input')
  if (input === null) return null
  const items = elementsOf(text, input)
  const kept = items.filter((item) => {
    const members = membersOf(text, item)
    const type = lastValue(members, 'type')
    const encrypted = lastValue(members, 'encrypted_content')
    return (
      type === null || stringAt(text, type) !== 'reasoning' || encrypted === null || stringAt(text, encrypted) === ''
    )
  })
  return kept.length === items.length ? null : Buffer.from(applyEdits(text, [withItems(text, input, kept)]))
}
