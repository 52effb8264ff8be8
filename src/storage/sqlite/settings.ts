// Settings as name and JSON value, in SQL. What a value may be is decided by shared/settings, not here.
import { z } from 'zod'
import type { Calls } from '../connection.ts'
import { createRowParser, fromJson, type Row } from './row.ts'
import { createSecretWrites } from './secrets.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

const settingRowSchema = z.strictObject({ name: z.string(), value: z.unknown() })

export function createSettingReads(connection: SqliteConnection): Calls<'loadSettings'> {
  const select = connection.prepare<[], Row>('SELECT name, value FROM settings ORDER BY name')
  const parse = createRowParser(connection, 'setting', settingRowSchema)
  return {
    // A value that is not JSON is undefined: whoever resolves the settings says so and takes the default, as for any
    // other bad value. One damaged setting must not keep the proxy from starting.
    loadSettings: () => {
      const settings = select.all().map((row) => parse({ ...row, value: fromJson(row.value) }))
      return Object.fromEntries(settings.map(({ name, value }) => [name, value]))
    },
  }
}

export function createSettingWrites(connection: SqliteConnection): Calls<'saveSettings'> {
  const upsert = connection.prepare<[string, string]>(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  )
  const remove = connection.prepare<[string]>('DELETE FROM settings WHERE name = ?')
  const { saveSecret } = createSecretWrites(connection)
  function save(name: string, value: unknown): void {
    // Undefined has no JSON: the setting goes back to its default.
    if (value === undefined) remove.run(name)
    else upsert.run(name, JSON.stringify(value))
  }
  return {
    saveSettings: connection.transaction(
      (values: Readonly<Record<string, unknown>>, removedSecrets: readonly string[] = []) => {
        for (const [name, value] of Object.entries(values)) save(name, value)
        for (const owner of removedSecrets) saveSecret(owner, null)
      },
    ).immediate,
  }
}
