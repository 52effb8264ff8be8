// Procedures of the test router that the tests only look at: pools, settings, the vault, tests of nodes.
import { implement, ORPCError } from '@orpc/server'
import { contract } from '../../src/shared/contract/contract.ts'
import type { PoolView } from '../../src/shared/contract/pools.ts'
import type { SettingView } from '../../src/shared/contract/settings.ts'
import type { NodeView } from '../../src/shared/model/node-status.ts'
import type { NodeTest } from '../../src/shared/model/node-test.ts'
import type { VaultStatus } from '../../src/shared/model/vault.ts'

const os = implement(contract)

export function notFound(what: string): ORPCError<'NOT_FOUND', unknown> {
  return new ORPCError('NOT_FOUND', { status: 404, message: `There is no ${what}.` })
}

export function poolProcedures(pools: PoolView[]) {
  const find = (name: string): PoolView => {
    const pool = pools.find((candidate) => candidate.name === name)
    if (pool === undefined) throw notFound(`pool ${name}`)
    return pool
  }
  return {
    list: os.pools.list.handler(() => pools),
    get: os.pools.get.handler(({ input }) => find(input.name)),
    create: os.pools.create.handler(({ input }) => {
      const pool: PoolView = { name: input.name, strategy: 'priority', nodes: [], active: null, clientKeys: [] }
      pools.push(pool)
      return pool
    }),
    remove: os.pools.remove.handler(({ input }) => {
      pools.splice(pools.indexOf(find(input.name)), 1)
      return { removed: input.name }
    }),
  }
}

export function testSettings(): SettingView[] {
  const base = { source: 'default' as const, min: null, max: null, choices: [] }
  return [
    {
      ...base,
      name: 'retryMaxAttempts',
      value: 3,
      default: 3,
      env: 'RETRY_MAX_ATTEMPTS',
      kind: 'number',
      min: 1,
      max: 10,
      text: 'How many nodes are asked for one request.',
    },
    {
      ...base,
      name: 'debug',
      value: false,
      default: false,
      env: 'DEBUG',
      kind: 'boolean',
      text: 'Debug lines in the log.',
    },
  ]
}

export function settingProcedures(settings: SettingView[], secrets: string[]) {
  const find = (name: string): SettingView => {
    const setting = settings.find((candidate) => candidate.name === name)
    if (setting === undefined) throw notFound(`setting ${name}`)
    return setting
  }
  const put = (name: string, change: Partial<SettingView>): SettingView => {
    const before = find(name)
    const after = { ...before, ...change }
    settings.splice(settings.indexOf(before), 1, after)
    return after
  }
  return {
    list: os.settings.list.handler(() => settings),
    get: os.settings.get.handler(({ input }) => find(input.name)),
    set: os.settings.set.handler(({ input }) =>
      Object.entries(input.values).map(([name, value]) => put(name, { value, source: 'database' })),
    ),
    reset: os.settings.reset.handler(({ input }) =>
      put(input.name, { value: find(input.name).default, source: 'default' }),
    ),
    setSecret: os.settings.setSecret.handler(({ input }) => {
      if (input.value !== null) secrets.push(input.value)
      return { name: input.name, set: input.value !== null }
    }),
  }
}

export function vaultProcedures(vault: { status: VaultStatus }, secrets: string[]) {
  const opened = (): VaultStatus => {
    vault.status = { ...vault.status, state: 'open', message: null }
    return vault.status
  }
  return {
    status: os.vault.status.handler(() => vault.status),
    unlock: os.vault.unlock.handler(({ input }) => {
      secrets.push(input.passphrase)
      return opened()
    }),
    rotate: os.vault.rotate.handler(() => ({ resealed: vault.status.sealed, vault: vault.status })),
    protect: os.vault.protect.handler(({ input }) => {
      if (input.protection === 'passphrase') secrets.push(input.passphrase)
      vault.status = { ...vault.status, protection: input.protection }
      return vault.status
    }),
    export: os.vault.export.handler(({ input }) => {
      secrets.push(input.passphrase)
      return { document: 'exported' }
    }),
    import: os.vault.import.handler(({ input }) => {
      secrets.push(input.passphrase)
      return opened()
    }),
  }
}

export function testedNode(nodeName: string): NodeTest {
  const said = { code: 'test', parameters: {}, text: 'It answers.' }
  return {
    nodeName,
    ok: true,
    verdict: said,
    steps: [{ step: 'connect', result: 'ok', status: 200, totalMs: 12, said }],
    models: ['claude-x'],
  }
}

export type NodeKeyInput = { readonly secret: string; readonly label?: string | undefined }

export function keyStates(nodeId: string, inputs: readonly NodeKeyInput[], from = 0): NodeView['keys'] {
  return inputs.map((input, index) => ({
    id: `key-${from + index}`,
    nodeId,
    label: input.label ?? `key-${from + index + 1}`,
    last4: input.secret.slice(-4),
    enabled: true,
    standing: 'usable' as const,
    asideUntilMs: null,
    asideReason: null,
  }))
}
