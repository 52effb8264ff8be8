// What may be a node's base URL (security.md), and how it is written down. Addresses behind names are checked at connect time.
import { isIP } from 'node:net'
import { type SentenceCode, speak } from '../../shared/text/speak.ts'
import type { Parameters, Spoken } from '../../shared/text/spoken.ts'
import { addressRefusal } from './address-check.ts'

export type BaseUrl = {
  readonly ok: true
  /** Normalised, without a trailing slash. */
  readonly baseUrl: string
  readonly origin: string
  readonly loopback: boolean
}
export type BadBaseUrl = { readonly ok: false; readonly refusal: Spoken }

/** The refusal says what is wrong and what to do. It never repeats userinfo. */
export function parseBaseUrl(text: string, options: { readonly allowPlainHttp: boolean }): BaseUrl | BadBaseUrl {
  if (/[\s\\\p{Cc}]/u.test(text)) return refuse('base-url-characters')
  const url = URL.parse(text)
  if (url === null || !/^https?:\/\//i.test(text)) return refuse('base-url-not-http')
  if (url.username !== '' || url.password !== '') return refuse('base-url-userinfo')
  if (url.hash !== '' || text.includes('#')) return refuse('base-url-fragment')
  if (url.search !== '' || text.includes('?')) return refuse('base-url-query')
  if (text.replace(/^https?:\/\//i, '').includes('//')) return refuse('base-url-double-slash')
  if (/(^|\/)\.\.?(\/|$)|%2e/i.test(text)) return refuse('base-url-dots')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const refusal = isIP(host) === 0 ? null : addressRefusal(host)
  if (refusal !== null) return refuse(`base-url-${refusal}`, { host })
  const loopback = isLoopbackHost(host)
  if (url.protocol === 'http:' && !loopback && !options.allowPlainHttp) return refuse('base-url-plain-http')
  return { ok: true, baseUrl: url.href.replace(/\/+$/, ''), origin: url.origin, loopback }
}

function refuse(code: SentenceCode, parameters: Parameters = {}): BadBaseUrl {
  return { ok: false, refusal: speak(code, parameters) }
}

/** `host` as URL writes it, without brackets; also in its disguises: with the root's dot, or as IPv4 inside IPv6. */
export function isLoopbackHost(host: string): boolean {
  return (
    /^(?:.+\.)?localhost\.?$/.test(host) ||
    host === '::1' ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(host)
  )
}
