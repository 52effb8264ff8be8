// The part of the run that gives secrets: node keys by every way there is, local keys, passwords of proxies.
import { z } from 'zod'
import type { TestProxy } from '../../harness/proxies.ts'
import type { ScriptedUpstream } from '../../harness/scripted-upstream.ts'
import type { SecretScene } from './scene.ts'

export type Given = {
  /** Of each node, in the order they are tried. */
  readonly nodeKeys: Readonly<Record<string, readonly string[]>>
  /** A local key for each pool; each node is alone in the pool of its name. */
  readonly clientKeys: Readonly<Record<string, string>>
}

export type World = {
  readonly upstream: ScriptedUpstream
  /** Asks for `proxyPassword`, and refuses every other one. */
  readonly proxy: TestProxy
  readonly proxyPassword: string
}

export async function giveSecrets(scene: SecretScene, world: World): Promise<Given> {
  const nodeKeys = await giveNodeKeys(scene, world)
  await giveProxyPasswords(scene, world, nodeKeys)
  const clientKeys: Record<string, string> = {}
  for (const pool of [...Object.keys(nodeKeys), 'proxied-wrongly']) {
    clientKeys[pool] = await createClientKey(scene, pool)
  }
  return { nodeKeys, clientKeys }
}

async function giveNodeKeys(scene: SecretScene, { upstream }: World): Promise<Record<string, readonly string[]>> {
  const { cli, api, secret } = scene
  const add = (name: string): string[] => ['node', 'add', '--name', name, '--url', upstream.url, '--pool', name]

  const stdin = [secret('key by stdin'), secret('second key by stdin')]
  await cli([...add('by-stdin'), '--key-stdin'], { stdin: `${stdin.join('\n')}\n` })

  const environment = [secret('key by environment'), secret('second key by environment')]
  const [first = '', second = ''] = environment
  await cli([...add('by-environment'), '--key-env', 'KEY_ONE', '--key-env', 'KEY_TWO', '--json'], {
    env: { KEY_ONE: first, KEY_TWO: second },
  })

  const typed = secret('key typed')
  await cli(add('by-prompt'), { typed: [typed] })

  const posted = [secret('key by API'), secret('second key by API')]
  const keys = posted.map((one) => ({ secret: one }))
  await api('POST', '/nodes', { name: 'by-api', baseUrl: upstream.url, pools: ['by-api'], keys })

  const added = secret('key added')
  await cli(['node', 'key', 'add', 'by-stdin', '--key-env', 'SPARE', '--label', 'spare'], { env: { SPARE: added } })
  const replaced = secret('key that replaces')
  await cli(['node', 'edit', 'by-prompt', '--key-stdin', '--json'], { stdin: replaced })
  await cli(['node', 'key', 'edit', 'by-stdin', 'spare', '--position', '1'])
  await api('PATCH', '/nodes/by-api/keys/key-2', { enabled: false })
  await api('PATCH', '/nodes/by-api/keys/key-2', { enabled: true })
  return {
    'by-stdin': [added, ...stdin],
    'by-environment': environment,
    'by-prompt': [replaced],
    'by-api': posted,
  }
}

/** Names that are not this machine's: loopback is always reached straight. The proxy leads them all here. */
async function giveProxyPasswords(
  { cli, api, secret }: SecretScene,
  { upstream, proxy, proxyPassword }: World,
  nodeKeys: Record<string, readonly string[]>,
): Promise<void> {
  const url = `http://node.test:${upstream.port}`
  const key = secret('key of the node behind a proxy')
  const add = [
    'node',
    'add',
    '--name',
    'proxied',
    '--url',
    url,
    '--allow-http',
    '--pool',
    'proxied',
    '--proxy',
    proxy.url,
  ]
  await cli([...add, '--proxy-user', 'me', '--proxy-password-env', 'PROXY_PASSWORD', '--key-stdin'], {
    stdin: key,
    env: { PROXY_PASSWORD: proxyPassword },
  })
  const wrong = secret('wrong proxy password')
  await api('POST', '/nodes', {
    name: 'proxied-wrongly',
    baseUrl: url,
    allowPlainHttp: true,
    pools: ['proxied-wrongly'],
    proxy: proxy.url,
    proxyUser: 'me',
    proxyPassword: wrong,
    keys: [{ secret: secret('key behind a proxy that refuses') }],
  })
  await cli(['node', 'edit', 'proxied-wrongly', '--proxy-user', 'you'], {
    typed: [secret('proxy password typed')],
    code: null,
  })
  await cli(['settings', 'set', 'globalProxyMode=custom', `globalProxyUrl=${proxy.url}`, 'globalProxyUser=me'])
  await cli(['settings', 'proxy-password', '--env', 'PROXY_PASSWORD'], { env: { PROXY_PASSWORD: proxyPassword } })
  const globalKey = secret('key of the node behind the global proxy')
  await cli(
    [
      'node',
      'add',
      '--name',
      'through-global',
      '--url',
      url,
      '--allow-http',
      '--pool',
      'through-global',
      '--key-stdin',
    ],
    {
      stdin: globalKey,
    },
  )
  nodeKeys['proxied'] = [key]
  nodeKeys['through-global'] = [globalKey]
}

/** Shown this once, to who made it: its output is the one place where it belongs. */
async function createClientKey({ cli, scanner, outputs }: SecretScene, pool: string): Promise<string> {
  const name = `local key for ${pool}`
  const label = `tool-${pool}`
  const { stdout } = await cli(['key', 'create', '--name', label, '--pool', pool, '--json'], { shows: [name] })
  const { key } = z.looseObject({ key: z.string() }).parse(JSON.parse(stdout))
  scanner.add(name, key)
  if (outputs.at(-1)?.shows[0] !== name) throw new Error('the output of key create is not the last one')
  return key
}
