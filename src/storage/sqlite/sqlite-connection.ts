// The type of an open SQLite connection, for all who are given one.
import type Database from 'better-sqlite3'

export type SqliteConnection = Database.Database
