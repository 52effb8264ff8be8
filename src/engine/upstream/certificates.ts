// Certificates of a user's own that a node's TLS may end in, beside the well-known ones. Expired ones are accepted here: a
// chain may hold an old certificate that nothing needs any more, and one that is needed fails at connect with its reason.
import { X509Certificate } from 'node:crypto'
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { speak } from '../../shared/text/speak.ts'
import type { Spoken } from '../../shared/text/spoken.ts'

export type Certificates = {
  readonly ok: true
  /** As they are stored: the certificates and nothing around them. */
  readonly pem: string
  readonly count: number
}
export type BadCertificates = { readonly ok: false; readonly refusal: Spoken }

const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g

/** The refusal never repeats the text. */
export function parseCertificates(text: string): Certificates | BadCertificates {
  const refuse = (refusal: Spoken): BadCertificates => ({ ok: false, refusal })
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text)) return refuse(speak('certificates-private-key'))
  const blocks = text.match(BLOCK) ?? []
  if (blocks.length === 0) return refuse(speak('certificates-none'))
  const pems: string[] = []
  for (const [index, block] of blocks.entries()) {
    const pem = readable(block)
    if (pem === null) return refuse(speak('certificates-unreadable', { number: index + 1 }))
    pems.push(pem)
  }
  return { ok: true, pem: pems.join(''), count: pems.length }
}

function readable(block: string): string | null {
  try {
    return new X509Certificate(block).toString()
  } catch {
    return null
  }
}

/**
 * The well-known certificates (with NODE_EXTRA_CA_CERTS, as Node takes it) and these. Made once for each way, for it costs
 * some 15 ms. `pem` as parseCertificates gives it; OpenSSL would pass over what it cannot read.
 */
export function trusting(pem: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), pem] })
}
