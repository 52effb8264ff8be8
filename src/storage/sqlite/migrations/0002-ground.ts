// Format 2: proxies and certificates of nodes, client keys with limits and several pools, secrets that are no node key.
import type { Migration } from '../migration.ts'

export const ground: Migration = {
  version: 2,
  up: (connection) => {
    connection.exec(`
      ALTER TABLE nodes ADD COLUMN proxy TEXT NOT NULL DEFAULT 'global';
      ALTER TABLE nodes ADD COLUMN proxy_user TEXT;
      ALTER TABLE nodes ADD COLUMN ca TEXT;

      -- JSON, as the lists of a node: a key names its pools whether or not they exist.
      ALTER TABLE client_keys ADD COLUMN pools TEXT NOT NULL DEFAULT '[]';
      UPDATE client_keys SET pools = json_array(pool);
      ALTER TABLE client_keys DROP COLUMN pool;
      ALTER TABLE client_keys ADD COLUMN models TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE client_keys ADD COLUMN pinned_node_id TEXT;
      ALTER TABLE client_keys ADD COLUMN pinned_strict INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE client_keys ADD COLUMN expires_at_ms INTEGER;

      -- Proxy passwords. The owner is the vault's additional data: a secret of one owner never opens for another.
      CREATE TABLE secrets (
        owner TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- At most one row: which data key everything in this database is sealed with.
      CREATE TABLE vault (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        key_id TEXT NOT NULL
      ) STRICT;
    `)
  },
}
