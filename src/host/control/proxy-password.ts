// The password at a node's own proxy: sealed apart from the node, and never kept for another proxy or another user.
import type { Node } from '../../shared/model/node.ts'
import { proxySecretOwner } from '../../storage/storage.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { hasOwnProxy } from './node-rules.ts'

/** Null takes it away; left out, it stays where it may. */
export type ProxyPassword = string | null | undefined

type Services = Pick<ControlServices, 'vault' | 'secrets'>
type Asked = { readonly before: Node | null; readonly node: Node }

/** RFC 1929 §2: a byte says how long it is. */
const SOCKS5_PASSWORD_BYTES_MAX = 255

/**
 * What is stored with the node, in one transaction: the password sealed, null when it goes, undefined when it stays.
 * Throws a ControlError when the password cannot be, or the vault's error when it is locked.
 */
export function sealProxyPassword(
  password: ProxyPassword,
  { before, node }: Asked,
  services: Services,
): Uint8Array | null | undefined {
  if (typeof password === 'string') {
    services.secrets.add(password)
    refuseProxyPassword(password, node)
    return services.vault.seal(password, proxySecretOwner(node.id))
  }
  const isMoved = before !== null && (before.proxy !== node.proxy || before.proxyUser !== node.proxyUser)
  return password === null || isMoved ? null : undefined
}

export function refuseProxyPassword(password: string, node: Node): void {
  if (!hasOwnProxy(node)) throw new ControlError('REFUSED', 'node-proxy-password-alone')
  if (node.proxyUser === null) throw new ControlError('REFUSED', 'node-proxy-password-without-user')
  if (node.proxy.startsWith('socks5:') && Buffer.byteLength(password) > SOCKS5_PASSWORD_BYTES_MAX) {
    throw new ControlError('REFUSED', 'node-proxy-password-long', { most: SOCKS5_PASSWORD_BYTES_MAX })
  }
}
