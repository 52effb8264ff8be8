// The way out to a node: straight, or through an HTTP, HTTPS or SOCKS5 proxy.
import { z } from 'zod'

/** `http://host:port`, `https://…`, `socks5://…`; parsed and refused by `parseProxyUrl`. Never with a user name or password. */
export const proxyUrlSchema = z.string().min(1).max(2048)

/** `global`: as the settings say for all nodes; `none`: straight; else the URL of a proxy of its own. */
export const nodeProxySchema = z.union([z.enum(['global', 'none']), proxyUrlSchema])

/** Where the proxy of nodes with `global` comes from. Loopback is always reached straight. */
export const globalProxyModeSchema = z.enum(['system', 'environment', 'custom', 'none'])
export type GlobalProxyMode = z.infer<typeof globalProxyModeSchema>
