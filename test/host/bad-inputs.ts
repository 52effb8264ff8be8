// Bad inputs for every procedure of the control plane that takes one, with the typed error each must be answered with.
// The same table runs over every bridge.
import { NODE_KEYS_MAX } from '../../src/shared/contract/nodes.ts'
import { goodInputs } from './good-inputs.ts'
import type { clientOf } from './open-test-host.ts'

export type BadInput = {
  /** Path in the contract: "nodes.keys.add". */
  readonly procedure: string
  readonly what: string
  readonly input: unknown
  readonly code: 'BAD_REQUEST' | 'NOT_FOUND' | 'DUPLICATE_NAME' | 'REFUSED'
  /** Cannot be said in a path or query of the REST API, where everything is text: there is no such request. */
  readonly inProcessOnly?: boolean
}

/** Of the daemon that the table is run against. */
export const badInputEnvironment = { RETRY_MAX_ATTEMPTS: '4' }

/** What the rows count on: a node with two keys, a pool, a client key. */
export async function seedForBadInputs(client: ReturnType<typeof clientOf>): Promise<void> {
  await client.nodes.create({
    name: 'relay',
    baseUrl: 'https://relay.example',
    pools: ['default', 'team'],
    keys: [
      { label: 'main', secret: 'key-of-the-relay-1' },
      { label: 'spare', secret: 'key-of-the-relay-2' },
    ],
  })
  await client.nodes.create({ name: 'other', baseUrl: 'https://other.example' })
  await client.clientKeys.create({ name: 'laptop' })
  await client.clientKeys.create({ name: 'desk' })
}

type Row = readonly [what: string, input: unknown, code?: BadInput['code']]

const long = (length: number): string => 'x'.repeat(length)
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)
/** As it comes out of JSON: an own key, not the prototype. */
const withProto = (input: object): unknown =>
  JSON.parse(JSON.stringify(input).replace(/^\{/, '{"__proto__":{"admin":true},').replace(',}', '}'))

/** Wrong for every procedure that has this part. */
const badRefs: readonly Row[] = [
  ['a reference that is too long', { ref: long(201) }],
  ['a reference to nothing', { ref: 'nobody-of-that-name' }, 'NOT_FOUND'],
  ['the name of a property of every object', { ref: 'constructor' }, 'NOT_FOUND'],
]
const badNodeFields: readonly Row[] = [
  ['a name with a space', { name: 'a b' }],
  ['a name that is too long', { name: long(65) }],
  ['a name that is no text', { name: ['a'] }],
  ['a base URL that is no text', { baseUrl: 5 }],
  ['an empty base URL', { baseUrl: '' }],
  ['a base URL that is too long', { baseUrl: `https://${long(2048)}` }],
  ['a base URL that is none', { baseUrl: 'relay' }, 'REFUSED'],
  ['a base URL of a metadata service', { baseUrl: 'https://169.254.169.254' }, 'REFUSED'],
  ['a base URL with a password', { baseUrl: 'https://me:secret@relay.example' }, 'REFUSED'],
  ['an unknown protocol', { protocol: 'soap' }],
  ['an unknown form of the key', { auth: 'cookie' }],
  ['a priority of 0', { priority: 0 }],
  ['a priority of 101', { priority: 101 }],
  ['half a priority', { priority: 1.5 }],
  ['a priority in words', { priority: '1' }],
  ['a negative weight', { weight: -1 }],
  ['models that are no list', { models: 'claude-*' }],
  ['too many models', { models: many(1001, 'm') }],
  ['an empty model', { models: [''] }],
  ['a mapping without a target', { modelMap: [{ from: 'a' }] }],
  ['a mapping with more', { modelMap: [{ from: 'a', to: 'b', also: 'c' }] }],
  ['a mapping with two targets', { modelMap: many(2, { from: 'a', to: 'b' }) }, 'REFUSED'],
  ['no request at once', { maxConcurrent: 0 }],
  ['no pool', { pools: [] }],
  ['too many pools', { pools: many(101, 'p') }],
  ['a pool with a slash', { pools: ['a/b'] }],
  ['the pool of the simulated nodes', { pools: ['demo'] }, 'REFUSED'],
  ['enabled in words', { enabled: 'yes' }],
  ['a proxy that is none', { proxy: 'direct' }, 'REFUSED'],
  ['a proxy with a password', { proxy: 'http://me:secret@proxy.example' }, 'REFUSED'],
  ['a proxy that is too long', { proxy: `http://${long(2048)}` }],
  ['a user without a proxy', { proxyUser: 'me' }, 'REFUSED'],
  ['a password without a proxy', { proxyPassword: 'secret' }, 'REFUSED'],
  ['an empty password', { proxyPassword: '' }],
  ['a certificate that is none', { ca: 'no certificate' }, 'REFUSED'],
  ['certificates that are too long', { ca: long(64 * 1024 + 1) }],
  ['a key with a space', { keys: [{ secret: 'a b' }] }],
  ['a key that is too long', { keys: [{ secret: long(4097) }] }],
  ['a key with more', { keys: [{ secret: 'abc', admin: true }] }],
  ['a bad label', { keys: [{ label: '-', secret: 'abc' }] }],
  ['too many keys', { keys: many(NODE_KEYS_MAX + 1, { secret: 'abc' }) }],
  ['one key twice', { keys: many(2, { secret: 'abc' }) }, 'REFUSED'],
  [
    'one label twice',
    {
      keys: [
        { label: 'a', secret: 'abc' },
        { label: 'A', secret: 'abd' },
      ],
    },
    'DUPLICATE_NAME',
  ],
]
const badKeyRefs: readonly Row[] = [
  ...badRefs,
  ['a key that is not there', { key: 'nokey' }, 'NOT_FOUND'],
  ['a key that is too long', { key: long(201) }],
]
const badTests: readonly Row[] = [
  ['generate in words', { generate: 'yes' }],
  ['an empty model', { model: '' }],
  ['a model that is too long', { model: long(201) }],
]
const badPoolNames: readonly Row[] = [
  ['a name with a space', { name: 'a b' }],
  ['a name that is too long', { name: long(65) }],
]
const badSettingNames: readonly Row[] = [
  ['a name that is too long', { name: long(101) }],
  ['an unknown setting', { name: 'retryMaxAttempt' }, 'NOT_FOUND'],
  ['the name of a property of every object', { name: 'constructor' }, 'NOT_FOUND'],
]
const badClientKeyLimits: readonly Row[] = [
  ['no pool', { pools: [] }],
  ['too many pools', { pools: many(21, 'default') }],
  ['an unknown pool', { pools: ['nopool'] }, 'REFUSED'],
  ['the pool of the simulated nodes', { pools: ['demo'] }, 'REFUSED'],
  ['too many models', { models: many(1001, 'm') }],
  ['an empty model', { models: [''] }],
  ['pinned to a node that is not there', { pinned: { node: 'nobody-of-that-name' } }, 'NOT_FOUND'],
  ['pinned to more than a node', { pinned: { node: 'relay', also: 'other' } }],
  ['an end before 1970', { expiresAtMs: -1 }],
  ['an end between two milliseconds', { expiresAtMs: 1.5 }],
  ['enabled in words', { enabled: 'yes' }],
]
const badLimits: readonly Row[] = [
  ['a limit of 0', { limit: 0 }],
  ['a limit beyond the most', { limit: 1001 }],
  ['half a limit', { limit: 1.5 }],
  ['a limit in words', { limit: 'ten' }],
]
const badNewPassphrases: readonly Row[] = [
  ['a short passphrase', { passphrase: 'short' }],
  ['a passphrase that is too long', { passphrase: long(1025) }],
]

/** Laid over the good input of the procedure. */
const overGoodInput: Readonly<Record<string, readonly Row[]>> = {
  'nodes.get': badRefs,
  'nodes.create': [
    ...badNodeFields,
    ['a name that is taken', { name: 'Relay' }, 'DUPLICATE_NAME'],
    ['no name', { name: undefined }],
    ['no base URL', { baseUrl: undefined }],
    ['an id', { id: 'node_1' }],
    ['a claim to be simulated', { simulated: true }],
  ],
  'nodes.update': [
    ...badRefs,
    ...badNodeFields,
    ['a name that is taken', { name: 'other' }, 'DUPLICATE_NAME'],
    ['an id', { id: 'node_1' }],
  ],
  'nodes.remove': badRefs,
  'nodes.isolate': badRefs,
  'nodes.reset': badRefs,
  'nodes.test': [...badRefs, ...badTests],
  'nodes.testDraft': [
    ...badTests,
    ['no node', { node: undefined }],
    ['a node without a base URL', { node: { name: 'draft' } }],
    ['a bad base URL', { node: { name: 'draft', baseUrl: 'ftp://relay.example' } }, 'REFUSED'],
    ['a key with a space', { node: { name: 'draft', baseUrl: 'https://a.example', keys: [{ secret: 'a b' }] } }],
    [
      'a proxy of a metadata service',
      { node: { name: 'draft', baseUrl: 'https://a.example', proxy: 'http://169.254.169.254' } },
      'REFUSED',
    ],
  ],
  'nodes.keys.add': [
    ...badRefs,
    ['no secret', { secret: undefined }],
    ['an empty secret', { secret: '' }],
    ['a secret with a line end', { secret: 'abc\r\nx-admin: true' }],
    ['a bad label', { label: 'a b' }],
    ['a label that is taken', { label: 'Main' }, 'DUPLICATE_NAME'],
    ['a secret that it has', { secret: 'key-of-the-relay-2' }, 'REFUSED'],
  ],
  'nodes.keys.update': [
    ...badKeyRefs,
    ['a position of 0', { position: 0 }],
    ['a position beyond the most', { position: NODE_KEYS_MAX + 1 }],
    ['enabled in words', { enabled: 'yes' }],
    ['a label that is taken', { label: 'SPARE' }, 'DUPLICATE_NAME'],
    ['another secret', { secret: 'abc' }],
  ],
  'nodes.keys.remove': badKeyRefs,
  'pools.get': [...badPoolNames, ['an unknown pool', { name: 'nopool' }, 'NOT_FOUND']],
  'pools.create': [
    ...badPoolNames,
    ['a name that is taken', { name: 'TEAM' }, 'DUPLICATE_NAME'],
    ['the pool of the simulated nodes', { name: 'demo' }, 'REFUSED'],
  ],
  'pools.remove': [
    ...badPoolNames,
    ['an unknown pool', { name: 'nopool' }, 'NOT_FOUND'],
    ['the default pool', { name: 'default' }, 'REFUSED'],
    ['a pool with a node', { name: 'team' }, 'REFUSED'],
  ],
  'clientKeys.get': badRefs,
  'clientKeys.create': [
    ...badClientKeyLimits,
    ['a name with a space', { name: 'a b' }],
    ['a name that is taken', { name: 'Laptop' }, 'DUPLICATE_NAME'],
    ['a key of its own', { key: 'sy-mine' }],
  ],
  'clientKeys.update': [
    ...badRefs,
    ...badClientKeyLimits,
    ['a name that is taken', { name: 'desk' }, 'DUPLICATE_NAME'],
  ],
  'clientKeys.revoke': badRefs,
  'settings.get': badSettingNames,
  'settings.set': [
    ['no values', { values: undefined }],
    ['values that are a list', { values: [1] }],
    ['an object as a value', { values: { debug: { on: true } } }],
    ['an unknown setting beside a known one', { values: { debug: true, nosuchsetting: 1 } }, 'NOT_FOUND'],
    ['a value of the wrong kind', { values: { debug: 1 } }, 'REFUSED'],
    ['null as a value', { values: { debug: null } }, 'REFUSED'],
    ['a value out of range', { values: { maxNodesPerExchange: 0 } }, 'REFUSED'],
    ['a setting of the environment', { values: { retryMaxAttempts: 2 } }, 'REFUSED'],
    ['values that contradict each other', { values: { retryBackoffMinMs: 90, retryBackoffMaxMs: 80 } }, 'REFUSED'],
    ['a proxy with a password', { values: { globalProxyUrl: 'http://me:secret@proxy.example' } }, 'REFUSED'],
    ['a name that is too long', { values: { [long(101)]: 1 } }],
    ['a prototype among the values', { values: withProto({}) }],
  ],
  'settings.reset': [...badSettingNames, ['a setting of the environment', { name: 'retryMaxAttempts' }, 'REFUSED']],
  'settings.setSecret': [
    ['an unknown secret', { name: 'vault-key' }],
    ['no value', { value: undefined }],
    ['an empty value', { value: '' }],
    ['a value that is too long', { value: long(1025) }],
  ],
  'vault.unlock': [
    ['an empty passphrase', { passphrase: '' }],
    ['a passphrase that is too long', { passphrase: long(1025) }],
  ],
  'vault.protect': [
    ['an unknown protection', { protection: 'rot13' }],
    ['a passphrase that is not used', { protection: 'key-file', passphrase: 'a good passphrase' }],
    ['a short passphrase', { protection: 'passphrase', passphrase: 'short' }],
  ],
  'vault.export': badNewPassphrases,
  'vault.import': [
    ['no document', { document: undefined }],
    ['an empty document', { document: '' }],
    ['a document that is too long', { document: long(64 * 1024 + 1) }],
    ['an empty passphrase', { passphrase: '' }],
  ],
  'exchanges.recent': badLimits,
  'decisions.recent': badLimits,
  explain: [
    ['no model', { model: undefined }],
    ['an empty model', { model: '' }],
    ['a model that is too long', { model: long(201) }],
    ['an unknown protocol', { protocol: 'soap' }],
    ['a pool with a slash', { pool: 'a/b' }],
    ['an unknown pool', { pool: 'nopool' }, 'NOT_FOUND'],
    ['an unknown client key', { clientKey: 'nobody-of-that-name' }, 'NOT_FOUND'],
  ],
}

export const badInputs: readonly BadInput[] = Object.entries(overGoodInput).flatMap(([procedure, rows]) => {
  const good = goodInputs[procedure] ?? {}
  const badForAll: BadInput[] = [
    { procedure, what: 'an unknown field', input: { ...good, unknown: 1 }, code: 'BAD_REQUEST' },
    { procedure, what: 'a prototype', input: withProto(good), code: 'BAD_REQUEST' },
  ]
  const unsayable: BadInput[] = ['text', null, 5, [], true].map((input) => {
    const what = `${JSON.stringify(input)} for an object`
    return { procedure, what, input, code: 'BAD_REQUEST', inProcessOnly: true }
  })
  const [first] = Object.keys(good)
  if (first !== undefined) {
    const input = { ...good, [first]: 5 }
    unsayable.push({ procedure, what: `a number as ${first}`, input, code: 'BAD_REQUEST', inProcessOnly: true })
  }
  const own = rows.map(([what, input, code = 'BAD_REQUEST']): BadInput => {
    return { procedure, what, input: Object.assign({}, good, input), code }
  })
  return badForAll.concat(unsayable, own)
})
