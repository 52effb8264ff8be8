// Errors of the contract as a client must see them: the same over every bridge.
import { addNode, type ControlWorld, SECRET } from './control-world.ts'

export type TypedError = {
  readonly name: string
  readonly act: (world: ControlWorld) => Promise<unknown>
  readonly error: {
    readonly code: string
    readonly status: number
    readonly defined: boolean
    readonly message?: string
    readonly data?: object
  }
}

const invalid = { code: 'BAD_REQUEST', status: 400, defined: false, message: 'Input validation failed' }

export const typedErrors: readonly TypedError[] = [
  {
    name: 'NOT_FOUND, with what is near',
    act: async (world) => {
      await addNode(world)
      return world.client.nodes.get({ ref: 'relay-b' })
    },
    error: {
      code: 'NOT_FOUND',
      status: 404,
      defined: true,
      message: 'There is no node "relay-b". Did you mean "relay-a"?',
      data: { code: 'node-unknown-near', parameters: { ref: 'relay-b', names: '"relay-a"' } },
    },
  },
  {
    name: 'DUPLICATE_NAME',
    act: async (world) => {
      await addNode(world)
      return addNode(world)
    },
    error: {
      code: 'DUPLICATE_NAME',
      status: 409,
      defined: true,
      message: 'There is already a node named "relay-a". Choose another name.',
      data: { code: 'node-name-taken', parameters: { name: 'relay-a' } },
    },
  },
  {
    name: 'REFUSED',
    act: ({ client }) => client.nodes.create({ name: 'relay-a', baseUrl: 'http://relay-a.example' }),
    error: { code: 'REFUSED', status: 422, defined: true, data: { code: 'base-url-plain-http' } },
  },
  {
    name: 'STORAGE_UNAVAILABLE',
    act: ({ client, host }) => {
      host.storage.fail('busy', ['insertNode'])
      return client.nodes.create({ name: 'relay-a', baseUrl: 'https://relay-a.example' })
    },
    error: { code: 'STORAGE_UNAVAILABLE', status: 503, defined: true, message: 'The database is busy.' },
  },
  {
    name: 'a fault inside, without its reason',
    act: ({ client, host }) => {
      host.engine.setCounts({ inFlight: -1, total: 0, succeeded: 0, failed: 0, withFailedAttempt: 0 })
      return client.status()
    },
    error: { code: 'INTERNAL_SERVER_ERROR', status: 500, defined: false },
  },
  {
    name: 'an unknown field is bad input, named',
    act: ({ client }) => client.pools.create(Object.assign({ name: 'team' }, { surprise: 1 })),
    error: { ...invalid, data: { issues: [{ code: 'unrecognized_keys', keys: ['surprise'], path: [] }] } },
  },
  {
    name: 'a field of the wrong kind is bad input, with its path',
    act: ({ client }) => client.nodes.create({ name: 'a', baseUrl: 'https://a.example', priority: 101 }),
    error: { ...invalid, data: { issues: [{ path: ['priority'] }] } },
  },
  {
    name: 'bad input does not quote a secret',
    act: ({ client }) =>
      client.nodes
        .create({ name: 'a', baseUrl: 'https://a.example', keys: [{ secret: `${SECRET} with spaces` }] })
        .catch((error: unknown) => {
          if (JSON.stringify(error).includes(SECRET)) throw new Error('the secret came back')
          throw error
        }),
    error: { ...invalid, data: { issues: [{ path: ['keys', 0, 'secret'] }] } },
  },
]
