// Migrations: every one by itself, with a backup of what was there, all or nothing.
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { createClientKeyReads } from '../../src/storage/sqlite/client-keys.ts'
import { migrate, migrations } from '../../src/storage/sqlite/migrate.ts'
import type { Migration } from '../../src/storage/sqlite/migration.ts'
import { createNodeReads } from '../../src/storage/sqlite/nodes.ts'
import { matching } from './containing.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const second: Migration = {
  version: 2,
  up: (connection) => {
    connection.exec('ALTER TABLE settings ADD COLUMN changed_at_ms INTEGER')
  },
}
const failing: Migration = {
  version: 3,
  up: (connection) => {
    connection.exec('DELETE FROM settings; INSERT INTO no_such_table VALUES (1)')
  },
}

async function openEmpty(): Promise<{ connection: Database.Database; directory: string }> {
  const directory = await temporaryDirectory()
  const connection = new Database(join(directory, 'switchyard.db'))
  onTestFinished(() => {
    connection.close()
  })
  return { connection, directory }
}

/** Format 1 with one setting in it. */
async function openFormatOne(): Promise<{ connection: Database.Database; directory: string }> {
  const opened = await openEmpty()
  migrate(opened.connection, migrations.slice(0, 1))
  opened.connection.exec(`INSERT INTO settings VALUES ('kept', '"yes"')`)
  return opened
}

function formatOf(connection: Database.Database): unknown {
  return connection.pragma('user_version', { simple: true })
}

async function backupsIn(directory: string): Promise<readonly string[]> {
  return (await readdir(join(directory, 'backups'))).toSorted()
}

test('versions count from 1 without gaps', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
})

test('an empty database is brought to the newest format without a backup', async () => {
  const { connection, directory } = await openEmpty()
  migrate(connection)
  expect(formatOf(connection)).toBe(migrations.length)
  expect(await readdir(directory)).not.toContain('backups')
})

test('format 1 has the tables of every group', async () => {
  const { connection } = await openFormatOne()
  const tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all()
  expect(tables).toEqual([
    'attempts',
    'breakers',
    'client_keys',
    'decisions',
    'exchanges',
    'node_keys',
    'node_pools',
    'nodes',
    'pools',
    'settings',
  ])
})

test('format 2 keeps the client keys and nodes of format 1: the same pool, no limits, the global proxy', async () => {
  const { connection } = await openFormatOne()
  connection.exec(`
    INSERT INTO pools VALUES ('team', 'priority');
    INSERT INTO nodes VALUES ('n1', 'relay', 'https://relay.example', 'anthropic', 'bearer', 3, 50, '["claude-*"]', '[]',
      7, 1, 0, 1000);
    INSERT INTO node_pools VALUES ('n1', 0, 'team');
    INSERT INTO node_keys VALUES ('k1', 'n1', 0, 'main', 'x9z1', 1, x'0102');
    INSERT INTO breakers VALUES ('n1', 'open', 5000, 2, 1);
    INSERT INTO client_keys VALUES ('c2', 'ci', 'team', 'cd34', 0, 2001, '${'b'.repeat(64)}');
    INSERT INTO client_keys VALUES ('c1', 'laptop', 'default', 'ab12', 1, 2000, '${'a'.repeat(64)}');
  `)
  migrate(connection, migrations.slice(0, 2))
  expect(formatOf(connection)).toBe(2)
  const unlimited = { models: [], pinned: null, expiresAtMs: null }
  expect(createClientKeyReads(connection).loadClientKeys()).toEqual([
    {
      id: 'c1',
      name: 'laptop',
      pools: ['default'],
      ...unlimited,
      last4: 'ab12',
      enabled: true,
      createdAtMs: 2000,
      sha256: 'a'.repeat(64),
    },
    {
      id: 'c2',
      name: 'ci',
      pools: ['team'],
      ...unlimited,
      last4: 'cd34',
      enabled: false,
      createdAtMs: 2001,
      sha256: 'b'.repeat(64),
    },
  ])
  expect(createNodeReads(connection).loadAll()).toMatchObject({
    nodes: [
      {
        id: 'n1',
        name: 'relay',
        priority: 3,
        pools: ['team'],
        models: ['claude-*'],
        maxConcurrent: 7,
        proxy: 'global',
        proxyUser: null,
        ca: null,
      },
    ],
    keys: [{ id: 'k1', nodeId: 'n1', sealed: Uint8Array.of(1, 2) }],
    secrets: [],
    pools: [{ name: 'default' }, { name: 'team' }],
  })
  expect(connection.prepare('SELECT * FROM breakers').all()).toHaveLength(1)
  expect(connection.prepare('SELECT * FROM vault').all()).toEqual([])
  expect(connection.pragma('foreign_key_check')).toEqual([])
  expect(connection.pragma('integrity_check', { simple: true })).toBe('ok')
  // A name stays unique whatever its case, and so does a hash.
  const insert = (id: string, name: string, sha256: string) => () =>
    connection.exec(
      `INSERT INTO client_keys (id, name, last4, enabled, created_at_ms, sha256) VALUES ('${id}', '${name}', 'x', 1, 1, '${sha256}')`,
    )
  expect(insert('c3', 'LAPTOP', 'c'.repeat(64))).toThrow(/UNIQUE/)
  expect(insert('c3', 'other', 'a'.repeat(64))).toThrow(/UNIQUE/)
})

test('a database of the newest format is left alone', async () => {
  const { connection, directory } = await openFormatOne()
  migrate(connection, migrations.slice(0, 1))
  expect(await readdir(directory)).not.toContain('backups')
})

test('before a database with content is changed, a private copy of its old format is kept', async () => {
  const { connection, directory } = await openFormatOne()
  migrate(connection, [...migrations.slice(0, 1), second])
  expect(formatOf(connection)).toBe(2)
  expect(connection.prepare('SELECT * FROM settings').all()).toEqual([
    { name: 'kept', value: '"yes"', changed_at_ms: null },
  ])
  expect(connection.pragma('foreign_keys', { simple: true })).toBe(1)

  const [backup, ...others] = await backupsIn(directory)
  expect(others).toEqual([])
  expect(backup).toMatch(/^switchyard-v1-\d{8}T\d{9}Z\.db$/)
  const path = join(directory, 'backups', backup ?? '')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(directory, 'backups'))).mode & 0o777).toBe(0o700)
  const copy = new Database(path, { readonly: true })
  onTestFinished(() => {
    copy.close()
  })
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(formatOf(copy)).toBe(1)
  expect(copy.prepare('SELECT * FROM settings').all()).toEqual([{ name: 'kept', value: '"yes"' }])
})

test('the newest three backups are kept', async () => {
  const { connection, directory } = await openEmpty()
  const steps: Migration[] = []
  for (let version = 1; version <= 6; version += 1) {
    steps.push({ version, up: (database) => void database.exec(`CREATE TABLE t${version} (x)`) })
    migrate(connection, steps)
  }
  expect((await backupsIn(directory)).map((name) => name.slice(0, 'switchyard-v1'.length))).toEqual([
    'switchyard-v3',
    'switchyard-v4',
    'switchyard-v5',
  ])
})

test('what a killed run left of its backup is cleared away, other files stay', async () => {
  const { connection, directory } = await openFormatOne()
  await mkdir(join(directory, 'backups'))
  await writeFile(join(directory, 'backups', 'switchyard-v1-20260101T000000000Z.db.partial'), 'half')
  await writeFile(join(directory, 'backups', 'my-own-copy.db'), 'kept')
  migrate(connection, [...migrations.slice(0, 1), second])
  expect(await backupsIn(directory)).toEqual(['my-own-copy.db', matching(/^switchyard-v1-.*\.db$/)])
})

test('a migration that fails undoes the whole run, says where the backup is, and can be tried again', async () => {
  const { connection, directory } = await openFormatOne()
  const run = (): void => migrate(connection, [...migrations.slice(0, 1), second, failing])
  expect(run).toThrow(
    /from format 1 to 3 failed and changed nothing: .*no_such_table.* A backup lies at .*switchyard-v1-/,
  )
  expect(formatOf(connection)).toBe(1)
  expect(connection.prepare('SELECT * FROM settings').all()).toEqual([{ name: 'kept', value: '"yes"' }])
  expect(connection.pragma('foreign_keys', { simple: true })).toBe(1)
  migrate(connection, [...migrations.slice(0, 1), second])
  expect(formatOf(connection)).toBe(2)
  expect(await backupsIn(directory)).toHaveLength(2)
})

test('a migration that would leave rows without what they refer to is refused', async () => {
  const { connection } = await openFormatOne()
  const orphaning: Migration = {
    version: 2,
    up: (database) => {
      database.exec("INSERT INTO node_pools VALUES ('nobody', 0, 'default')")
    },
  }
  expect(() => migrate(connection, [...migrations.slice(0, 1), orphaning])).toThrow(/1 rows refer to rows that do not/)
  expect(formatOf(connection)).toBe(1)
})

test('without a backup there is no migration', async () => {
  const { connection, directory } = await openFormatOne()
  const backups = new Database(join(directory, 'backups')) // A file where the directory should be.
  backups.exec('CREATE TABLE in_the_way (x)')
  backups.close()
  expect(() => migrate(connection, [...migrations.slice(0, 1), second])).toThrow(/EEXIST|ENOTDIR/)
  expect(formatOf(connection)).toBe(1)
})
