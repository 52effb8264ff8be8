// Pools on their own, in SQL. A node's membership is written with the node (nodes.ts).
import type { Pool } from '../../shared/model/pool.ts'
import type { Calls } from '../connection.ts'
import { StorageError } from '../storage.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

export function createPoolWrites(connection: SqliteConnection): Calls<'insertPool' | 'removePool'> {
  const insert = connection.prepare<[Pool]>(
    'INSERT INTO pools (name, strategy) VALUES (@name, @strategy) ON CONFLICT (name) DO NOTHING',
  )
  const remove = connection.prepare<[string]>('DELETE FROM pools WHERE name = ?')
  return {
    insertPool: (pool) => {
      if (insert.run(pool).changes > 0) return
      throw new StorageError('duplicate-name', `There is already a pool named "${pool.name}"; choose another name.`)
    },
    removePool: (name) => {
      if (remove.run(name).changes > 0) return
      throw new StorageError('not-found', `There is no pool "${name}"; it may have been removed just now.`)
    },
  }
}
