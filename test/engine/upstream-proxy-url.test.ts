// What may be the URL of a proxy, and what is refused, without ever repeating a password.
import { describe, expect, test } from 'vitest'
import { parseProxyUrl } from '../../src/engine/upstream/proxy-url.ts'

const parse = (text: string, ownPorts: readonly number[] = [4780]) => parseProxyUrl(text, { ownPorts })

describe('a proxy URL', () => {
  test.each([
    ['http://127.0.0.1:7890', 'http', '127.0.0.1', 7890, 'http://127.0.0.1:7890'],
    ['http://proxy.example', 'http', 'proxy.example', 80, 'http://proxy.example:80'],
    ['https://proxy.example/', 'https', 'proxy.example', 443, 'https://proxy.example:443'],
    ['https://proxy.example:80', 'https', 'proxy.example', 80, 'https://proxy.example:80'],
    ['socks5://proxy.example', 'socks5', 'proxy.example', 1080, 'socks5://proxy.example:1080'],
    ['socks5://proxy.example:80', 'socks5', 'proxy.example', 80, 'socks5://proxy.example:80'],
    ['socks5h://[::1]:1081', 'socks5', '::1', 1081, 'socks5://[::1]:1081'],
    ['SOCKS5H://Proxy.EXAMPLE:1081', 'socks5', 'proxy.example', 1081, 'socks5://proxy.example:1081'],
    ['socks5://127.1:1080', 'socks5', '127.0.0.1', 1080, 'socks5://127.0.0.1:1080'],
    ['http://192.168.1.5:3128', 'http', '192.168.1.5', 3128, 'http://192.168.1.5:3128'],
    ['http://bücher.example:1', 'http', 'xn--bcher-kva.example', 1, 'http://xn--bcher-kva.example:1'],
  ])('%s is one', (text, kind, host, port, url) => {
    expect(parse(text)).toEqual({ ok: true, url, endpoint: { kind, host, port } })
    expect(parse(url)).toEqual({ ok: true, url, endpoint: { kind, host, port } })
  })

  test.each([
    ['', 'proxy-url-unreadable'],
    ['127.0.0.1:7890', 'proxy-url-unreadable'],
    ['ftp://proxy.example', 'proxy-url-unreadable'],
    ['socks4://proxy.example', 'proxy-url-unreadable'],
    ['http:proxy.example', 'proxy-url-unreadable'],
    ['http://', 'proxy-url-unreadable'],
    ['http://:80', 'proxy-url-unreadable'],
    ['http://proxy.example:0', 'proxy-url-unreadable'],
    ['http://proxy.example:65536', 'proxy-url-unreadable'],
    ['http://proxy example', 'proxy-url-unreadable'],
    ['http://proxy.example\\@evil', 'proxy-url-unreadable'],
    ['http://proxy.example\r\n', 'proxy-url-unreadable'],
    ['http://[::1', 'proxy-url-unreadable'],
    ['http://me:hidden-9911@proxy.example', 'proxy-url-credentials'],
    ['socks5://hidden-9911@proxy.example', 'proxy-url-credentials'],
    ['http://@proxy.example', 'proxy-url-credentials'],
    ['http://proxy.example/path', 'proxy-url-more'],
    ['http://proxy.example//', 'proxy-url-more'],
    ['http://proxy.example?x=1', 'proxy-url-more'],
    ['http://proxy.example/#x', 'proxy-url-more'],
    ['http://0.0.0.0:7890', 'proxy-url-address'],
    ['http://169.254.169.254', 'proxy-url-address'],
    ['socks5://[fe80::1]', 'proxy-url-address'],
    ['http://127.0.0.1:4780', 'proxy-url-own-port'],
    ['socks5h://localhost:4780', 'proxy-url-own-port'],
    ['https://[::1]:4780', 'proxy-url-own-port'],
    ['https://[::ffff:127.0.0.1]:4780', 'proxy-url-own-port'],
  ])('%j is refused: %s', (text, code) => {
    const parsed = parse(text)
    expect(parsed).toMatchObject({ ok: false, refusal: { code } })
    expect(JSON.stringify(parsed)).not.toContain('hidden')
  })

  test('with our port on another machine is one', () => {
    expect(parse('http://192.168.1.5:4780')).toMatchObject({ ok: true })
  })
})
