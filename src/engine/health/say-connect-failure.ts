// What to tell a person about a connection that could not be made.

import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'
import type { AttemptEnd } from '../classify/attempt-end.ts'
import { oneSentence } from '../classify/end-message.ts'
import { ADDRESS_REFUSED } from '../upstream/address-check.ts'
import { WAY_FAILED } from '../upstream/way-failure.ts'
import { placeOf, type TestPlace } from './test-place.ts'

export type ConnectFailure = Extract<AttemptEnd, { kind: 'connect-failed' | 'connect-timeout' }>

type Tested = Pick<TestPlace, 'base' | 'redact'> & { readonly room: Pick<TestPlace['room'], 'settings'> }

export function sayConnectFailure(end: ConnectFailure, test: Tested): Spoken {
  const { host, place } = placeOf(test)
  if (end.kind === 'connect-timeout') {
    const seconds = test.room.settings().connectTimeoutMs / 1000
    return end.proxy === null
      ? speak('node-test-connect-timeout', { place, seconds })
      : speak('node-test-connect-timeout-through', { place, seconds, proxy: end.proxy })
  }
  const { code } = end
  const known = sentences.get(code)
  if (known !== undefined) return speak(known, { host, place, code })
  const detail = withoutStop(oneSentence(test.redact(end.detail)))
  if (code === ADDRESS_REFUSED) return speak('node-test-address-refused', { detail })
  if (code === WAY_FAILED) return speak('node-test-way-failed', { place, detail })
  // OpenSSL has many names for "that was no TLS", and for certificates it does not like.
  if (/^ERR_(?:SSL|TLS)_|^EPROTO$/.test(code)) return speak('node-test-tls-failed', { place, code })
  return speak('node-test-connect-failed', { place, code, detail })
}

/** The sentences go on behind a detail. */
export function withoutStop(text: string): string {
  return text.replace(/[.。\s]+$/, '')
}

const sentences: ReadonlyMap<string, Parameters<typeof speak>[0]> = new Map([
  ['ECONNREFUSED', 'node-test-nothing-listens'],
  ['ENOTFOUND', 'node-test-unknown-host'],
  ['EAI_AGAIN', 'node-test-no-resolver'],
  ['ENETUNREACH', 'node-test-no-route'],
  ['ENETDOWN', 'node-test-no-route'],
  ['EHOSTUNREACH', 'node-test-no-route'],
  ['EHOSTDOWN', 'node-test-no-route'],
  ['EADDRNOTAVAIL', 'node-test-no-route'],
  ['ECONNRESET', 'node-test-connect-broken'],
  ['EPIPE', 'node-test-connect-broken'],
  ['UND_ERR_SOCKET', 'node-test-connect-broken'],
  ['CERT_HAS_EXPIRED', 'node-test-certificate-dates'],
  ['CERT_NOT_YET_VALID', 'node-test-certificate-dates'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'node-test-certificate-name'],
  ['HOSTNAME_MISMATCH', 'node-test-certificate-name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'node-test-certificate-untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'node-test-certificate-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'node-test-certificate-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'node-test-certificate-untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'node-test-certificate-untrusted'],
  ['CERT_UNTRUSTED', 'node-test-certificate-untrusted'],
  ['CERT_REJECTED', 'node-test-certificate-untrusted'],
  ['INVALID_CA', 'node-test-certificate-untrusted'],
] as const)
