// Nodes with their keys and pools, in SQL.
import { z } from 'zod'
import { type Node, nodeKeySchema, nodeSchema } from '../../shared/model/node.ts'
import { type Pool, poolSchema } from '../../shared/model/pool.ts'
import type { Calls } from '../connection.ts'
import { proxySecretOwner, type SealedKey, type SealedSecret, StorageError } from '../storage.ts'
import { createRowParser, fromBlob, fromFlag, fromJson, type Row, toFlag } from './row.ts'
import { createSecretReads, createSecretWrites } from './secrets.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

type KeyedNodes = {
  readonly nodes: readonly Node[]
  readonly keys: readonly SealedKey[]
  readonly secrets: readonly SealedSecret[]
}

/** Both read several tables; the caller wraps them in one transaction. */
type NodeReads = {
  readonly loadAll: () => KeyedNodes & { readonly pools: readonly Pool[] }
  readonly loadPool: (pool: string) => KeyedNodes
}

const sealedKeySchema = z.strictObject({ ...nodeKeySchema.shape, sealed: z.instanceof(Uint8Array) })

const SELECT_NODES = `
  SELECT id, name, base_url AS baseUrl, protocol, auth, priority, weight, models, model_map AS modelMap,
    max_concurrent AS maxConcurrent, enabled, allow_plain_http AS allowPlainHttp, proxy, proxy_user AS proxyUser, ca,
    created_at_ms AS createdAtMs,
    (SELECT json_group_array(pool ORDER BY position) FROM node_pools WHERE node_id = nodes.id) AS pools
  FROM nodes`
const SELECT_KEYS = 'SELECT id, node_id AS nodeId, label, last4, enabled, sealed FROM node_keys'
const OLDEST_FIRST = 'ORDER BY created_at_ms, rowid'
const IN_ORDER_OF_TRIAL = 'ORDER BY node_id, position'
const OF_POOL = '(SELECT node_id FROM node_pools WHERE pool = ?)'

export function createNodeReads(connection: SqliteConnection): NodeReads {
  const allNodes = connection.prepare<[], Row>(`${SELECT_NODES} ${OLDEST_FIRST}`)
  const allKeys = connection.prepare<[], Row>(`${SELECT_KEYS} ${IN_ORDER_OF_TRIAL}`)
  const allPools = connection.prepare<[], Row>('SELECT name, strategy FROM pools ORDER BY name')
  const poolNodes = connection.prepare<[string], Row>(`${SELECT_NODES} WHERE id IN ${OF_POOL} ${OLDEST_FIRST}`)
  const poolKeys = connection.prepare<[string], Row>(`${SELECT_KEYS} WHERE node_id IN ${OF_POOL} ${IN_ORDER_OF_TRIAL}`)
  const secrets = createSecretReads(connection)
  const parseNode = createRowParser(connection, 'node', nodeSchema)
  const parseKey = createRowParser(connection, 'node key', sealedKeySchema)
  const parsePool = createRowParser(connection, 'pool', poolSchema)

  const toNode = (row: Row): Node =>
    parseNode({
      ...row,
      models: fromJson(row.models),
      modelMap: fromJson(row.modelMap),
      pools: fromJson(row.pools),
      enabled: fromFlag(row.enabled),
      allowPlainHttp: fromFlag(row.allowPlainHttp),
      simulated: false,
    })
  const toKey = (row: Row): SealedKey =>
    parseKey({ ...row, enabled: fromFlag(row.enabled), sealed: fromBlob(row.sealed) })

  return {
    loadAll: () => ({
      nodes: allNodes.all().map(toNode),
      keys: allKeys.all().map(toKey),
      secrets: secrets.loadSecrets(),
      pools: allPools.all().map(parsePool),
    }),
    loadPool: (pool) => ({
      nodes: poolNodes.all(pool).map(toNode),
      keys: poolKeys.all(pool).map(toKey),
      secrets: secrets.loadSecrets(),
    }),
  }
}

export function createNodeWrites(connection: SqliteConnection): Calls<'insertNode' | 'updateNode' | 'removeNode'> {
  const sameName = connection
    .prepare<[string, string], string>('SELECT name FROM nodes WHERE name = ? AND id <> ?')
    .pluck()
  const insert = connection.prepare<[Row]>(`
    INSERT INTO nodes (id, name, base_url, protocol, auth, priority, weight, models, model_map, max_concurrent, enabled,
      allow_plain_http, proxy, proxy_user, ca, created_at_ms)
    VALUES (@id, @name, @baseUrl, @protocol, @auth, @priority, @weight, @models, @modelMap, @maxConcurrent, @enabled,
      @allowPlainHttp, @proxy, @proxyUser, @ca, @createdAtMs)`)
  const update = connection.prepare<[Row]>(`
    UPDATE nodes SET name = @name, base_url = @baseUrl, protocol = @protocol, auth = @auth, priority = @priority,
      weight = @weight, models = @models, model_map = @modelMap, max_concurrent = @maxConcurrent, enabled = @enabled,
      allow_plain_http = @allowPlainHttp, proxy = @proxy, proxy_user = @proxyUser, ca = @ca, created_at_ms = @createdAtMs
    WHERE id = @id`)
  const remove = connection.prepare<[string]>('DELETE FROM nodes WHERE id = ?')
  const { saveSecret } = createSecretWrites(connection)
  const removeKeys = connection.prepare<[string, string]>(
    'DELETE FROM node_keys WHERE node_id = ? AND id NOT IN (SELECT value FROM json_each(?))',
  )
  // What is sealed stays: the caller may have read it before a rotation, and nothing would open it any more.
  const saveKey = connection.prepare<[Row]>(`
    INSERT INTO node_keys (id, node_id, position, label, last4, enabled, sealed)
    VALUES (@id, @nodeId, @position, @label, @last4, @enabled, @sealed)
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, label = excluded.label, enabled = excluded.enabled`)
  const insertPool = connection.prepare<[string]>(
    `INSERT INTO pools (name, strategy) VALUES (?, 'priority') ON CONFLICT (name) DO NOTHING`,
  )
  const leavePools = connection.prepare<[string]>('DELETE FROM node_pools WHERE node_id = ?')
  const joinPool = connection.prepare<[string, number, string]>(
    'INSERT INTO node_pools (node_id, position, pool) VALUES (?, ?, ?) ON CONFLICT (node_id, pool) DO NOTHING',
  )

  function assertMayBeStored(node: Node): void {
    if (node.simulated) {
      // Stored, it would come back as a real node and take real requests.
      throw new StorageError('failed', `The node "${node.name}" is simulated and lives in memory only.`)
    }
    const taken = sameName.get(node.name, node.id)
    if (taken !== undefined) {
      throw new StorageError('duplicate-name', `There is already a node named "${taken}"; choose another name.`)
    }
  }

  function setPools(node: Node): void {
    leavePools.run(node.id)
    for (const [position, pool] of node.pools.entries()) {
      insertPool.run(pool)
      joinPool.run(node.id, position, pool)
    }
  }

  function setKeys(node: Node, keys: readonly SealedKey[]): void {
    removeKeys.run(node.id, JSON.stringify(keys.map(({ id }) => id)))
    for (const [position, key] of keys.entries()) {
      saveKey.run({ ...key, nodeId: node.id, position, enabled: toFlag(key.enabled) })
    }
  }

  // Immediate: the write lock is taken before the name is looked up, so nobody can take the name in between.
  return {
    insertNode: connection.transaction(
      (node: Node, keys: readonly SealedKey[], proxyPassword: Uint8Array | null = null) => {
        assertMayBeStored(node)
        insert.run(toRow(node))
        setPools(node)
        setKeys(node, keys)
        saveSecret(proxySecretOwner(node.id), proxyPassword)
      },
    ).immediate,
    updateNode: connection.transaction(
      (node: Node, keys: readonly SealedKey[] | null, proxyPassword?: Uint8Array | null) => {
        assertMayBeStored(node)
        if (update.run(toRow(node)).changes === 0) throw nodeNotFound(node.id)
        setPools(node)
        if (keys !== null) setKeys(node, keys)
        if (proxyPassword !== undefined) saveSecret(proxySecretOwner(node.id), proxyPassword)
      },
    ).immediate,
    removeNode: connection.transaction((nodeId: string) => {
      if (remove.run(nodeId).changes === 0) throw nodeNotFound(nodeId)
      saveSecret(proxySecretOwner(nodeId), null)
    }).immediate,
  }
}

function toRow(node: Node): Row {
  return {
    ...node,
    models: JSON.stringify(node.models),
    modelMap: JSON.stringify(node.modelMap),
    enabled: toFlag(node.enabled),
    allowPlainHttp: toFlag(node.allowPlainHttp),
  }
}

function nodeNotFound(nodeId: string): StorageError {
  return new StorageError('not-found', `There is no node with the id ${nodeId}; it may have been removed just now.`)
}
