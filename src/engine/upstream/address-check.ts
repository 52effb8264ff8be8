// Which addresses no node may have, whatever name led there: link-local, cloud metadata, unspecified, multicast.
// 198.18.0.0/15 is allowed: proxies with fake addresses live there. Private ranges are allowed: company gateways.
import { BlockList, isIPv4, isIPv6 } from 'node:net'

const unspecified = blockList([
  ['0.0.0.0', 8, 'ipv4'],
  ['::', 128, 'ipv6'],
])
const linkLocal = blockList([
  ['169.254.0.0', 16, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
])
/** Metadata services outside the link-local range: Alibaba, Oracle's alias, AWS over IPv6. */
const metadata = blockList([
  ['100.100.100.200', 32, 'ipv4'],
  ['192.0.0.192', 32, 'ipv4'],
  ['fd00:ec2::254', 128, 'ipv6'],
])
const multicast = blockList([
  ['224.0.0.0', 3, 'ipv4'],
  ['ff00::', 8, 'ipv6'],
])

/** Code of the error with which a connect ends when this check says no. */
export const ADDRESS_REFUSED = 'SY_ADDRESS_REFUSED'

export type AddressRefusal = keyof typeof refusalWords

const refusalWords = {
  'not-an-address': 'not an address',
  unspecified: 'the unspecified address',
  'link-local': 'a link-local address',
  metadata: 'the address of a metadata service',
  multicast: 'a multicast or reserved address',
}

/** Why the address is refused, as the end of a sentence ("a link-local address"), or null when it may be used. */
export function refusedAddress(address: string): string | null {
  const refusal = addressRefusal(address)
  return refusal === null ? null : refusalWords[refusal]
}

/** Null when the address may be used. */
export function addressRefusal(address: string): AddressRefusal | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? (/^::ffff:/i.test(address) ? ipv4OfMapped(address) : address)
  const family = isIPv4(plain) ? 'ipv4' : isIPv6(plain) ? 'ipv6' : null
  if (family === null) return 'not-an-address'
  if (unspecified.check(plain, family)) return 'unspecified'
  if (linkLocal.check(plain, family)) return 'link-local'
  if (metadata.check(plain, family)) return 'metadata'
  if (multicast.check(plain, family)) return 'multicast'
  return null
}

/** `::ffff:a9fe:a9fe` is 169.254.169.254 in disguise. */
function ipv4OfMapped(address: string): string {
  const groups = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
  if (groups === null) return address
  const [high, low] = [Number.parseInt(groups[1] ?? '', 16), Number.parseInt(groups[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function blockList(ranges: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const [net, prefix, family] of ranges) list.addSubnet(net, prefix, family)
  return list
}
