// What a migration is; the list of them is in migrate.ts.
import type { SqliteConnection } from './sqlite-connection.ts'

/** Versions count from 1 without gaps and are what `user_version` holds once `up` is committed. */
export type Migration = { readonly version: number; readonly up: (connection: SqliteConnection) => void }
