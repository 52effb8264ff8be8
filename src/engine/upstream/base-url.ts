// What may be a node's base URL (security.md), and how it is written down. Addresses behind names are checked at connect time.
import { isIP } from 'node:net'
import { refusedAddress } from './address-check.ts'

export type BaseUrl = {
  readonly ok: true
  /** Normalised, without a trailing slash. */
  readonly baseUrl: string
  readonly origin: string
  readonly loopback: boolean
}
export type BadBaseUrl = { readonly ok: false; readonly message: string }

/** The message says what is wrong and what to do. It never repeats userinfo. */
export function parseBaseUrl(text: string, options: { readonly allowPlainHttp: boolean }): BaseUrl | BadBaseUrl {
  const refuse = (message: string): BadBaseUrl => ({ ok: false, message })
  if (/[\s\\\p{Cc}]/u.test(text))
    return refuse('The base URL has a space, a backslash or a control character. Remove it.')
  const url = URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) {
    return refuse(
      'The base URL is not an http or https URL. Write it like https://relay.example or https://relay.example/api.',
    )
  }
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'The base URL carries a user name or password. Give the key with --key-stdin or at the prompt instead.',
    )
  }
  if (url.hash !== '' || text.includes('#')) return refuse('The base URL has a fragment (#…). Remove it.')
  if (url.search !== '' || text.includes('?')) return refuse('The base URL has a query (?…). Remove it.')
  if (text.replace(/^https?:\/\//i, '').includes('//'))
    return refuse('The base URL has // in its path. Remove the extra slash.')
  if (/(^|\/)\.\.?(\/|$)|%2e/i.test(text)) return refuse('The base URL has . or .. in its path. Write the path out.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const refused = isIP(host) === 0 ? null : refusedAddress(host)
  if (refused !== null) return refuse(`The base URL points at ${host}, ${refused}. No node can live there.`)
  const loopback = isLoopbackHost(host)
  if (url.protocol === 'http:' && !loopback && !options.allowPlainHttp) {
    return refuse(
      'The base URL is http:, so the key would travel unencrypted. Use https:, or allow it for this node (--allow-http).',
    )
  }
  return { ok: true, baseUrl: url.href.replace(/\/+$/, ''), origin: url.origin, loopback }
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}
