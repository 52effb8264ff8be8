// What the record of decisions says of a node that was added or changed: which fields, and what went with them. No secrets.
import type { Node } from '../../shared/model/node.ts'

export type NodeChange = {
  readonly before: Node
  readonly node: Node
  /** Null when the keys stay. */
  readonly newKeys: number | null
  readonly passwordChange: 'set' | 'removed' | null
}

export function addedText(node: Node, keys: number): string {
  const place = `${node.baseUrl}, pool ${node.pools.join(', ')}, priority ${node.priority}, ${keyCount(keys)}`
  return `The node ${node.name} was added: ${place}.`
}

export function changedText({ before, node, newKeys, passwordChange }: NodeChange): string {
  const names = changedFields(before, node)
  const parts = names.length === 0 ? [] : [names.join(', ')]
  if (newKeys !== null && newKeys > 0) parts.push(`keys replaced (${keyCount(newKeys)})`)
  if (passwordChange !== null) parts.push(`the password at its proxy ${passwordChange}`)
  const what = parts.length === 0 ? 'nothing differs' : parts.join('; ')
  const dropped =
    movedOrigin(before, node) && newKeys === 0
      ? ` Its keys were dropped because it now points at another origin (${originOf(before)} → ${originOf(node)}); enter the keys for it.`
      : ''
  return `The node ${node.name} was changed: ${what}.${dropped}`
}

export function movedOrigin(before: Node, node: Node): boolean {
  return originOf(before) !== originOf(node)
}

export function keyCount(count: number): string {
  if (count === 0) return 'no key'
  return count === 1 ? '1 key' : `${count} keys`
}

/** By name, old and new value where they are short. */
function changedFields(before: Node, node: Node): readonly string[] {
  const old: Readonly<Record<string, unknown>> = before
  return Object.entries(node).flatMap(([name, value]) => {
    if (JSON.stringify(old[name]) === JSON.stringify(value)) return []
    const long = name === 'ca' || (typeof value === 'object' && value !== null)
    return long ? [name] : [`${name} ${String(old[name])} → ${String(value)}`]
  })
}

function originOf(node: Node): string {
  return new URL(node.baseUrl).origin
}
