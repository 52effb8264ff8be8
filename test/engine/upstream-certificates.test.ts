// Which text is certificates: what is kept of it, and what is refused.
import { describe, expect, test } from 'vitest'
import { parseCertificates, trusting } from '../../src/engine/upstream/certificates.ts'
import { expiredCa, otherCa, serverTls, testCa } from '../harness/certificates.ts'

describe('certificates', () => {
  test('one, several, expired ones too: the blocks are kept and nothing around them', () => {
    expect(parseCertificates(testCa)).toEqual({ ok: true, pem: testCa, count: 1 })
    expect(parseCertificates(expiredCa)).toMatchObject({ ok: true, count: 1 })
    const chatty = `subject=CN = Some Company\r\n${testCa.replaceAll('\n', '\r\n')}\n# the other\n${otherCa}bye`
    expect(parseCertificates(chatty)).toEqual({ ok: true, pem: testCa + otherCa, count: 2 })
  })

  test('a text with a private key is refused loudly, wherever the key stands, and never repeated', () => {
    for (const text of [serverTls.key, testCa + serverTls.key, serverTls.key + testCa]) {
      const parsed = parseCertificates(text)
      expect(parsed).toMatchObject({ ok: false, refusal: { code: 'certificates-private-key' } })
      expect(JSON.stringify(parsed)).toContain('PRIVATE KEY')
      expect(JSON.stringify(parsed)).not.toContain(serverTls.key.split('\n')[1])
    }
  })

  test.each(['RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'OPENSSH PRIVATE KEY'])(
    'a %s too',
    (what) => {
      const text = `${testCa}-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
      expect(parseCertificates(text)).toMatchObject({ refusal: { code: 'certificates-private-key' } })
    },
  )

  test.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nAAAA', '-----BEGIN CSR-----\nAAAA\n-----END CSR-----'])(
    '%j holds none',
    (text) => {
      expect(parseCertificates(text)).toMatchObject({ ok: false, refusal: { code: 'certificates-none' } })
    },
  )

  test('one that cannot be read is named by its place', () => {
    const broken = `${testCa}-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n`
    expect(parseCertificates(broken)).toMatchObject({
      ok: false,
      refusal: { code: 'certificates-unreadable', parameters: { number: 2 } },
    })
  })

  test('make a context for TLS', () => {
    expect(trusting(testCa)).toHaveProperty('context')
  })
})
