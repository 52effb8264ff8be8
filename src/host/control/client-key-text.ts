// What the record of decisions says of a client key that was created or changed: every limit in words, old and new.
import type { ClientKey, PinnedNode } from '../../shared/model/client-key.ts'
import type { Node } from '../../shared/model/node.ts'

export function createdText(key: ClientKey, nodes: readonly Node[]): string {
  const { pools } = key
  // Only what is not as usual: every key is enabled and may do all there is, unless somebody says otherwise.
  const limits = wordsOf(key, nodes).filter(({ what, words }) => what !== 'pools' && words !== usual.get(what))
  const more = limits.map(({ what, words }) => `; ${what} ${words}`).join('')
  return `The client key ${key.name} was created for the ${pools.length === 1 ? 'pool' : 'pools'} ${pools.join(', ')}${more}.`
}

export function changedText(before: ClientKey, after: ClientKey, nodes: readonly Node[]): string {
  const old = new Map(wordsOf(before, nodes).map(({ what, words }) => [what, words]))
  const renamed = before.name === after.name ? [] : [`name ${before.name} → ${after.name}`]
  const changed = wordsOf(after, nodes).flatMap(({ what, words }) =>
    old.get(what) === words ? [] : [`${what} ${old.get(what) ?? ''} → ${words}`],
  )
  const parts = [...renamed, ...changed]
  return `The client key ${after.name} was changed: ${parts.length === 0 ? 'nothing differs' : parts.join('; ')}.`
}

type What = 'pools' | 'models' | 'pinned node' | 'expiry' | 'state'

const usual: ReadonlyMap<What, string> = new Map([
  ['models', 'any'],
  ['pinned node', 'none'],
  ['expiry', 'never'],
  ['state', 'enabled'],
])

function wordsOf(key: ClientKey, nodes: readonly Node[]): readonly { readonly what: What; readonly words: string }[] {
  return [
    { what: 'pools', words: key.pools.join(', ') },
    { what: 'models', words: key.models.length === 0 ? 'any' : listed(key.models) },
    { what: 'pinned node', words: key.pinned === null ? 'none' : pinWords(key.pinned, nodes) },
    { what: 'expiry', words: key.expiresAtMs === null ? 'never' : new Date(key.expiresAtMs).toISOString() },
    { what: 'state', words: key.enabled ? 'enabled' : 'disabled' },
  ]
}

const MODELS_SHOWN_MAX = 10

/** A list of a thousand is told by its first few and by how many it has, so that a change of the rest shows too. */
function listed(models: readonly string[]): string {
  const shown = models.slice(0, MODELS_SHOWN_MAX).join(', ')
  return models.length > MODELS_SHOWN_MAX ? `${shown}, … (${models.length} in all)` : shown
}

function pinWords({ nodeId, strict }: PinnedNode, nodes: readonly Node[]): string {
  const name = nodes.find(({ id }) => id === nodeId)?.name ?? nodeId
  return strict ? `${name} and no other` : name
}
