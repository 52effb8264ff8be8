// The password at a node's own proxy: sealed apart from the node, and never kept for another proxy or another user.
import type { Node } from '../../shared/model/node.ts'
import { proxySecretOwner } from '../../storage/storage.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { hasOwnProxy } from './node-rules.ts'

/** Null takes it away; left out, it stays where it may. */
export type ProxyPassword = string | null | undefined

export type ProxyPasswordChange = {
  /** Before the node is stored: else the old password could go to the new proxy. */
  readonly dropFirst: boolean
  /** After the node is stored: else the new password could go to the old proxy. */
  readonly saveThen: Uint8Array | null
  /** It had to go because the proxy or its user is another; for the decision. */
  readonly dropped: boolean
}

type Services = Pick<ControlServices, 'vault' | 'secrets' | 'storage'>
type Asked = { readonly before: Node | null; readonly node: Node; readonly isSet: boolean }

/** RFC 1929 §2: a byte says how long it is. */
const SOCKS5_PASSWORD_BYTES_MAX = 255

/** Throws a ControlError when the password cannot be, or the vault's error when it is locked. Changes nothing yet. */
export function planProxyPassword(password: ProxyPassword, asked: Asked, services: Services): ProxyPasswordChange {
  const { before, node, isSet } = asked
  const moved = before !== null && (before.proxy !== node.proxy || before.proxyUser !== node.proxyUser)
  const dropped = isSet && moved
  if (typeof password !== 'string') return { dropFirst: dropped || password === null, saveThen: null, dropped }
  services.secrets.add(password)
  refuseProxyPassword(password, node)
  return {
    dropFirst: dropped,
    saveThen: services.vault.seal(password, proxySecretOwner(node.id)),
    dropped: false,
  }
}

/** `store` stores the node itself, between the two. */
export async function storeWithPassword(
  { dropFirst, saveThen }: ProxyPasswordChange,
  store: { readonly nodeId: string; readonly node: () => Promise<void> },
  { storage }: Pick<Services, 'storage'>,
): Promise<void> {
  const owner = proxySecretOwner(store.nodeId)
  if (dropFirst) await storage.saveSecret(owner, null)
  await store.node()
  if (saveThen !== null) await storage.saveSecret(owner, saveThen)
}

export function refuseProxyPassword(password: string, node: Node): void {
  if (!hasOwnProxy(node)) throw new ControlError('REFUSED', 'node-proxy-password-alone')
  if (node.proxyUser === null) throw new ControlError('REFUSED', 'node-proxy-password-without-user')
  if (node.proxy.startsWith('socks5:') && Buffer.byteLength(password) > SOCKS5_PASSWORD_BYTES_MAX) {
    throw new ControlError('REFUSED', 'node-proxy-password-long', { most: SOCKS5_PASSWORD_BYTES_MAX })
  }
}
