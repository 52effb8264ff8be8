// Where the proxy of all nodes comes from: the setting, the environment, the system; and that it changes at run time.
import { describe, expect, test } from 'vitest'
import { createDemoOverlay } from '../../src/host/demo/demo-overlay.ts'
import { bypassOf } from '../../src/host/outbound/bypass.ts'
import { environmentNamesProxy, readEnvironmentProxy } from '../../src/host/outbound/environment-proxy.ts'
import { createGlobalProxy } from '../../src/host/outbound/global-proxy.ts'
import { routeBy } from '../../src/host/outbound/proxy-rules.ts'
import { createSystemProxy, type RunProgram } from '../../src/host/outbound/system-proxy.ts'
import { createRegistrySource } from '../../src/host/registry-source.ts'
import { defaultSettings, resolveSettings } from '../../src/shared/settings/resolve.ts'
import type { Settings } from '../../src/shared/settings/settings.ts'
import { globalProxySecretOwner } from '../../src/storage/storage.ts'
import { createHeldClock } from '../harness/held-clock.ts'
import { openTestHost } from './open-test-host.ts'

const relay = new URL('https://relay.example')
const plain = new URL('http://relay.example')
const MINUTE = 60_000

function route(url: string, username: string | null = null, password: string | null = null): unknown {
  const { protocol, hostname, port } = new URL(url)
  return { kind: protocol.slice(0, -1), host: hostname, port: Number(port), username, password }
}

describe('the environment', () => {
  const of = (environment: Record<string, string>, origin: URL) =>
    routeBy(readEnvironmentProxy(environment).rules, origin)

  test.each<[string, Record<string, string>, unknown, unknown]>([
    ['nothing', {}, null, null],
    ['empty words', { HTTPS_PROXY: '', https_proxy: ' ' }, null, null],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://a.test:1' }, route('http://a.test:1'), null],
    [
      'lower case before upper',
      { HTTPS_PROXY: 'http://a.test:1', https_proxy: 'http://b.test:2' },
      route('http://b.test:2'),
      null,
    ],
    ['HTTP_PROXY alone', { HTTP_PROXY: 'http://a.test:1' }, route('http://a.test:1'), route('http://a.test:1')],
    ['ALL_PROXY', { ALL_PROXY: 'socks5://a.test:1' }, route('socks5://a.test:1'), route('socks5://a.test:1')],
    [
      'all_proxy as desktops write it',
      { all_proxy: 'socks://a.test:1/' },
      route('socks5://a.test:1'),
      route('socks5://a.test:1'),
    ],
    [
      'the one of the scheme before the one for all',
      { ALL_PROXY: 'socks5h://a.test:1', HTTPS_PROXY: 'https://b.test:2', HTTP_PROXY: 'c.test:3' },
      route('https://b.test:2'),
      route('http://c.test:3'),
    ],
  ])('%s', (_what, environment, https, http) => {
    expect([of(environment, relay), of(environment, plain)]).toEqual([https, http])
    expect(environmentNamesProxy(environment)).toBe(https !== null)
  })

  test('may name user and password, encoded or not', () => {
    expect(of({ HTTPS_PROXY: 'http://me:p%40ss:w@a.test:1' }, relay)).toEqual(route('http://a.test:1', 'me', 'p@ss:w'))
    expect(of({ HTTPS_PROXY: 'me@a.test:1' }, relay)).toEqual(route('http://a.test:1', 'me'))
    expect(of({ HTTPS_PROXY: 'http://me:100%@a.test:1' }, relay)).toEqual(route('http://a.test:1', 'me', '100%'))
  })

  test('that cannot be used is said without its value, and nothing takes its place', () => {
    const { rules, problems } = readEnvironmentProxy({
      HTTPS_PROXY: 'ftp://me:hidden-3311@a.test',
      ALL_PROXY: 'b.test:1',
    })
    expect(rules.https).toBeNull()
    expect(rules.http).toEqual(route('http://b.test:1'))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^The proxy in HTTPS_PROXY is not used\. /)
    expect(problems.join()).not.toContain('hidden')
  })
})

describe('NO_PROXY', () => {
  const matches = (list: string, url: string) => {
    const { rules } = readEnvironmentProxy({ HTTPS_PROXY: 'a.test:1', NO_PROXY: list })
    return routeBy(rules, new URL(url)) === null
  }

  test.each<[string, string, boolean]>([
    ['*', 'https://relay.example', true],
    ['relay.example', 'https://relay.example', true],
    ['RELAY.example', 'https://Relay.Example', true],
    ['example', 'https://relay.example', true],
    ['relay.example', 'https://api.relay.example', true],
    ['relay.example', 'https://otherrelay.example', false],
    ['.relay.example', 'https://api.relay.example', true],
    ['.relay.example', 'https://relay.example', true],
    ['.relay.example', 'https://otherrelay.example', false],
    ['*.relay.example', 'https://api.relay.example', true],
    ['*.relay.example', 'https://relay.example', false],
    [`${'*a'.repeat(30)}*b`, `https://${'a'.repeat(60)}.example`, false],
    ['a.test, relay.example', 'https://relay.example', true],
    ['a.test relay.example', 'https://relay.example', true],
    [' , ,', 'https://relay.example', false],
    ['relay.example:443', 'https://relay.example', true],
    ['relay.example:8443', 'https://relay.example', false],
    ['relay.example:8443', 'https://relay.example:8443', true],
    ['10.0.0.0/8', 'https://10.9.8.7', true],
    ['10.0.0.0/8', 'https://11.0.0.1', false],
    ['10.0.0.0/8', 'https://10.example', false],
    ['10.0.0.7', 'https://10.0.0.7', true],
    ['10.0.0.7', 'https://10.0.0.70', false],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['[fd12::1]:443', 'https://[fd12::1]', true],
    ['fd12::1', 'https://[fd12::1]', true],
    ['10.0.0.0/99', 'https://10.0.0.1', false],
    ['', 'https://relay.example', false],
    ['relay.example.', 'https://relay.example', false],
    ['relay.example', 'https://relay.example.', true],
  ])('%j for %s: %s', (list, url, straight) => expect(matches(list, url)).toBe(straight))

  test('in the forms of the systems: names are exact, globs are globs', () => {
    const bypasses = bypassOf(['relay.example', '127.*', '169.254/16', '<local>', 'https://x.test'], { names: 'exact' })
    const hosts = [
      'relay.example',
      'api.relay.example',
      '127.0.0.9',
      '169.254.7.7',
      '169.253.7.7',
      'intranet',
      'x.test',
    ]
    expect(hosts.map((host) => bypasses(host, 443))).toEqual([true, false, true, true, false, true, true])
  })
})

describe('the system', () => {
  const reading = async (platform: NodeJS.Platform, printed: string, environment: Record<string, string> = {}) => {
    const system = createSystemProxy({ platform, environment, run: async () => printed })
    await system.refresh()
    return system.reading()
  }
  const ways = async (...given: Parameters<typeof reading>) => {
    const { rules } = await reading(...given)
    return [routeBy(rules, relay), routeBy(rules, plain)]
  }

  const gnome = (mode: string) => `org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.corp.example']
org.gnome.system.proxy mode '${mode}'
org.gnome.system.proxy use-same-proxy true
org.gnome.system.proxy.ftp host ''
org.gnome.system.proxy.ftp port 0
org.gnome.system.proxy.http authentication-password 'desk-pass-551'
org.gnome.system.proxy.http authentication-user 'clerk'
org.gnome.system.proxy.http enabled false
org.gnome.system.proxy.http host 'proxy.test'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.http use-authentication true
org.gnome.system.proxy.https host ''
org.gnome.system.proxy.https port 0
org.gnome.system.proxy.socks host '127.0.0.1'
org.gnome.system.proxy.socks port 1080
`
  test('GNOME', async () => {
    expect(await ways('linux', gnome('none'))).toEqual([null, null])
    expect(await ways('linux', gnome('manual'))).toEqual([
      route('socks5://127.0.0.1:1080'),
      route('http://proxy.test:8080', 'clerk', 'desk-pass-551'),
    ])
    const { rules } = await reading('linux', gnome('manual'))
    expect(routeBy(rules, new URL('https://ci.corp.example'))).toBeNull()
    const script = await reading('linux', gnome('auto'))
    expect(script.rules.https).toBeNull()
    expect(script.problems).toEqual([expect.stringContaining('PAC')])
  })

  const macos = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 7890
  HTTPProxy : 127.0.0.1
  HTTPSEnable : 0
  HTTPSPort : 7890
  HTTPSProxy : 127.0.0.1
  SOCKSEnable : 1
  SOCKSPort : 7891
  SOCKSProxy : ::1
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      HTTPSEnable : 1
      HTTPSProxy : other.test
    }
  }
}
`
  test('macOS', async () => {
    expect(await ways('darwin', macos)).toEqual([
      { kind: 'socks5', host: '::1', port: 7891, username: null, password: null },
      route('http://127.0.0.1:7890'),
    ])
    const { rules } = await reading('darwin', macos)
    expect(routeBy(rules, new URL('https://printer.local'))).toBeNull()
    expect(await ways('darwin', '<dictionary> {\n}\n')).toEqual([null, null])
    const script = await reading('darwin', '<dictionary> {\n  ProxyAutoConfigEnable : 1\n}\n')
    expect(script.problems).toEqual([expect.stringContaining('PAC')])
  })

  const windows = (enabled: 0 | 1, server: string) => `\r
HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\r
    User Agent    REG_SZ    Mozilla/4.0\r
    ProxyEnable    REG_DWORD    0x${enabled}\r
    ProxyServer    REG_SZ    ${server}\r
    ProxyOverride    REG_SZ    localhost;127.*;*.corp.example;<local>\r
\r
HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\5.0\r
`
  test('Windows', async () => {
    const one = route('http://127.0.0.1:7890')
    expect(await ways('win32', windows(1, '127.0.0.1:7890'))).toEqual([one, one])
    expect(await ways('win32', windows(0, '127.0.0.1:7890'))).toEqual([null, null])
    expect(await ways('win32', windows(1, 'http=a.test:1;https=b.test:2;socks=c.test:3'))).toEqual([
      route('http://b.test:2'),
      route('http://a.test:1'),
    ])
    expect(await ways('win32', windows(1, 'http=a.test:1;socks=c.test:3'))).toEqual([
      route('socks5://c.test:3'),
      route('http://a.test:1'),
    ])
    const { rules } = await reading('win32', windows(1, '127.0.0.1:7890'))
    expect(routeBy(rules, new URL('https://ci.corp.example'))).toBeNull()
    expect(routeBy(rules, new URL('https://intranet'))).toBeNull()
  })

  test.each([
    ['linux', gnome('manual'), true],
    ['darwin', macos, false],
    ['darwin', '<dictionary> {\n}\n', true],
    ['win32', windows(1, '127.0.0.1:7890'), false],
    ['win32', windows(0, ''), true],
  ] as const)(
    '%s %#: the environment counts first on Linux, elsewhere where the system says nothing',
    async (platform, printed, counts) => {
      const environment = { HTTPS_PROXY: 'http://from-environment.test:1' }
      const { rules } = await reading(platform, printed, environment)
      expect(rules.https?.host === 'from-environment.test').toBe(counts)
    },
  )

  test('is not asked again for a program that does not exist', async () => {
    let runs = 0
    const run: RunProgram = async () => {
      runs++
      throw Object.assign(new Error('spawn gsettings ENOENT'), { code: 'ENOENT' })
    }
    const system = createSystemProxy({ platform: 'linux', environment: {}, run })
    await system.refresh()
    await system.refresh()
    expect(runs).toBe(1)
    expect(system.reading()).toMatchObject({ rules: { https: null, http: null }, problems: [] })
  })

  test('that fails goes on with what was known, and says so', async () => {
    let printed: string | null = windows(1, '127.0.0.1:7890')
    const run: RunProgram = async () => {
      if (printed === null) throw new Error('reg.exe was killed\nby somebody')
      return printed
    }
    const system = createSystemProxy({ platform: 'win32', environment: {}, run })
    await system.refresh()
    printed = null
    await system.refresh()
    expect(system.reading().rules.https).toEqual(route('http://127.0.0.1:7890'))
    expect(system.reading().problems).toEqual([
      expect.stringMatching(/could not be read \(.*reg\.exe: reg\.exe was killed\)/),
    ])
  })

  test('gives the same objects as long as it prints the same', async () => {
    const system = createSystemProxy({ platform: 'darwin', environment: {}, run: async () => macos })
    await system.refresh()
    const { rules } = system.reading()
    await system.refresh()
    expect(system.reading().rules).toBe(rules)
  })

  test('is read for real on this machine without an error thrown', async () => {
    const system = createSystemProxy({ platform: process.platform, environment: {} })
    await system.refresh()
    expect(system.reading().rules).toHaveProperty('bypasses')
  })
})

describe('its password', () => {
  test('is opened with the registry, kept out of every log, and gone when it is removed', async () => {
    const sealed = new Uint8Array([1])
    const proxy = { globalProxyUrl: 'http://a.example:1', globalProxyUser: 'me' }
    const owner = globalProxySecretOwner(proxy)
    let stored = [{ owner, sealed }]
    const kept: string[] = []
    const load = async () => ({ nodes: [], keys: [], secrets: stored, pools: [], clientKeys: [] })
    const registry = createRegistrySource({
      storage: { loadRegistry: load, loadPool: load },
      vault: {
        open: (_sealed, of) => `opened for ${of}`,
        standing: () => ({ protection: 'key-file', state: 'open', why: null }),
        renewIfUnused: () => Promise.resolve(),
      },
      demo: createDemoOverlay({ mode: 'off', wallMs: () => 0 }),
      secrets: { add: (secret) => kept.push(secret) },
      log: () => undefined,
    })
    expect(registry.globalProxyPassword(proxy)).toBeNull()
    await registry.load()
    expect(registry.globalProxyPassword(proxy)).toBe(`opened for ${owner}`)
    expect(kept).toContain(`opened for ${owner}`)
    for (const other of [{ globalProxyUrl: 'http://b.example:1' }, { globalProxyUser: 'you' }]) {
      expect(registry.globalProxyPassword({ ...proxy, ...other })).toBeNull()
    }
    stored = []
    await registry.load()
    expect(registry.globalProxyPassword(proxy)).toBeNull()
  })
})

describe('its settings', () => {
  const resolved = (environment: Record<string, string>) => resolveSettings(environment, {})

  test('come from the environment, which locks them', () => {
    const { values, locked, problems } = resolved({
      SWITCHYARD_PROXY_MODE: ' Custom ',
      SWITCHYARD_PROXY_URL: 'SOCKS5h://127.0.0.1:1080/',
      SWITCHYARD_PROXY_USER: 'me',
    })
    expect(values).toMatchObject({
      globalProxyMode: 'custom',
      globalProxyUrl: 'SOCKS5h://127.0.0.1:1080/',
      globalProxyUser: 'me',
    })
    expect([...locked]).toEqual(['globalProxyMode', 'globalProxyUrl', 'globalProxyUser'])
    expect(problems).toEqual([])
    expect(resolved({}).values).toMatchObject({ globalProxyMode: 'system', globalProxyUrl: '', globalProxyUser: '' })
  })

  test.each([
    ['SWITCHYARD_PROXY_MODE', 'auto-9121', 'expected one of system, environment, custom, none'],
    ['SWITCHYARD_PROXY_URL', 'http://me:hidden-9121@a.test', 'expected the URL of a proxy'],
    ['SWITCHYARD_PROXY_URL', 'http://a.test/hidden-9121', 'expected the URL of a proxy'],
    ['SWITCHYARD_PROXY_URL', 'a.test:9121', 'expected the URL of a proxy'],
    ['SWITCHYARD_PROXY_USER', `${'x'.repeat(256)}9121`, 'expected a user name'],
    ['SWITCHYARD_PROXY_USER', 'me\r\n9121', 'expected a user name'],
  ])('%s=%j is refused without being repeated', (name, value, expectation) => {
    const { problems } = resolved({ [name]: value })
    expect(problems).toMatchObject([{ where: name, said: { text: expect.stringContaining(expectation) } }])
    expect(JSON.stringify(problems)).not.toContain('9121')
  })

  test('reach the engine of a host', async () => {
    const { engine } = await openTestHost({ environment: { HTTPS_PROXY: 'http://e.test:1' } })
    expect(engine.options().globalProxy(relay)).toEqual(route('http://e.test:1'))
    const other = await openTestHost({
      environment: { SWITCHYARD_PROXY_MODE: 'custom', SWITCHYARD_PROXY_URL: 'http://127.0.0.1:7890' },
    })
    expect(other.engine.options().globalProxy(relay)).toEqual(route('http://127.0.0.1:7890'))
  })
})

describe('the global proxy', () => {
  type Changing = { settings: Partial<Settings>; password: string | null; printed: string }

  function scene(environment: Record<string, string> = {}) {
    const now: Changing = { settings: {}, password: null, printed: '' }
    const log: string[] = []
    const kept: string[] = []
    const clock = createHeldClock()
    let runs = 0
    const systemProxy = createSystemProxy({
      platform: 'darwin',
      environment,
      run: async () => {
        runs++
        return now.printed
      },
    })
    const proxy = createGlobalProxy({
      settings: () => ({ ...defaultSettings, ...now.settings }),
      environment,
      password: () => now.password,
      systemProxy,
      clock,
      secrets: { add: (secret) => kept.push(secret) },
      log: (_level, _tag, message) => log.push(message),
    })
    return { now, log, kept, clock, proxy, runs: () => runs }
  }
  const macosProxy = (port: number) =>
    `<dictionary> {\n  HTTPSEnable : 1\n  HTTPSPort : ${port}\n  HTTPSProxy : 127.0.0.1\n}\n`

  test('follows the setting from one request to the next', async () => {
    const { now, proxy } = scene({ HTTPS_PROXY: 'http://e.test:1', NO_PROXY: 'relay.example' })
    now.printed = macosProxy(7890)
    await proxy.start()
    const other = new URL('https://other.example')
    expect(proxy.route(relay)).toEqual(route('http://127.0.0.1:7890'))
    now.settings = { globalProxyMode: 'environment' }
    expect([proxy.route(other), proxy.route(relay)]).toEqual([route('http://e.test:1'), null])
    now.settings = { globalProxyMode: 'custom', globalProxyUrl: 'socks5://c.test:3' }
    expect(proxy.route(relay)).toEqual(route('socks5://c.test:3'))
    now.settings = { globalProxyMode: 'none', globalProxyUrl: 'socks5://c.test:3' }
    expect(proxy.route(relay)).toBeNull()
    proxy.close()
  })

  test('of the settings has its user name and the password of the vault, and is one object until a part changes', () => {
    const { now, proxy } = scene()
    now.settings = { globalProxyMode: 'custom', globalProxyUrl: 'http://c.test:3' }
    now.password = 'vault-pass-88'
    expect(proxy.route(relay)).toEqual(route('http://c.test:3'))
    now.settings = { ...now.settings, globalProxyUser: 'me' }
    const named = proxy.route(relay)
    expect(named).toEqual(route('http://c.test:3', 'me', 'vault-pass-88'))
    expect(proxy.route(plain)).toBe(named)
    now.password = 'changed-pass-89'
    expect(proxy.route(relay)).toEqual(route('http://c.test:3', 'me', 'changed-pass-89'))
  })

  test('that is custom and empty, or unusable, is straight and said once', () => {
    const { now, proxy, log } = scene({ HTTPS_PROXY: 'ftp://me:hidden-71@x.test' })
    now.settings = { globalProxyMode: 'custom' }
    expect([proxy.route(relay), proxy.route(relay)]).toEqual([null, null])
    expect(log).toEqual([expect.stringContaining('`globalProxyUrl` is empty')])
    now.settings = { globalProxyMode: 'environment' }
    expect([proxy.route(relay), proxy.route(relay)]).toEqual([null, null])
    expect(log).toHaveLength(2)
    expect(log.join()).not.toContain('hidden')
  })

  test('of the system is looked at every minute, and never while nobody wants it', async () => {
    const { now, proxy, clock, runs } = scene()
    now.printed = macosProxy(7890)
    await proxy.start()
    now.printed = macosProxy(7891)
    expect(proxy.route(relay)).toEqual(route('http://127.0.0.1:7890'))
    await clock.advance(MINUTE)
    expect(proxy.route(relay)).toEqual(route('http://127.0.0.1:7891'))
    expect(runs()).toBe(2)
    now.settings = { globalProxyMode: 'none' }
    await clock.advance(5 * MINUTE)
    expect(proxy.route(relay)).toBeNull()
    expect(runs()).toBe(2)
    // Wanted again: the look is under way with the first request, and over for the next.
    now.settings = {}
    now.printed = macosProxy(7892)
    proxy.route(relay)
    await clock.advance(1)
    expect(proxy.route(relay)).toEqual(route('http://127.0.0.1:7892'))
    proxy.close()
    expect(clock.pending()).toBe(0)
  })

  test('tells the redactor the passwords that the environment holds', () => {
    expect(scene({ HTTPS_PROXY: 'http://me:env-pass-12@x.test' }).kept).toEqual(['env-pass-12'])
  })
})
