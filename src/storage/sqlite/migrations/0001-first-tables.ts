// Format 1: nodes with keys and pools, client keys, settings, breakers, and the ledger.
import type { Migration } from '../migration.ts'

/**
 * STRICT tables refuse a value of the wrong type instead of keeping it for a later reader to trip over.
 * The ledger refers to nodes by id and name without foreign keys: nodes go, records stay.
 */
export const firstTables: Migration = {
  version: 1,
  up: (connection) => {
    connection.exec(`
      CREATE TABLE pools (
        name TEXT PRIMARY KEY,
        strategy TEXT NOT NULL
      ) STRICT;
      INSERT INTO pools (name, strategy) VALUES ('default', 'priority');

      CREATE TABLE nodes (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        base_url TEXT NOT NULL,
        protocol TEXT NOT NULL,
        auth TEXT NOT NULL,
        priority INTEGER NOT NULL,
        weight INTEGER NOT NULL,
        models TEXT NOT NULL,
        model_map TEXT NOT NULL,
        max_concurrent INTEGER,
        enabled INTEGER NOT NULL,
        allow_plain_http INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE node_keys (
        id TEXT PRIMARY KEY,
        node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        label TEXT NOT NULL,
        last4 TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE INDEX node_keys_of_node ON node_keys (node_id, position);

      CREATE TABLE node_pools (
        node_id TEXT NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        pool TEXT NOT NULL REFERENCES pools (name),
        PRIMARY KEY (node_id, pool)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX node_pools_of_pool ON node_pools (pool);

      CREATE TABLE client_keys (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
        pool TEXT NOT NULL,
        last4 TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL,
        sha256 TEXT NOT NULL UNIQUE
      ) STRICT;

      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT;

      CREATE TABLE breakers (
        node_id TEXT PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
        state TEXT NOT NULL,
        open_until_ms INTEGER,
        reopenings INTEGER NOT NULL,
        isolated INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE exchanges (
        id TEXT PRIMARY KEY,
        started_at_ms INTEGER NOT NULL,
        client_key_id TEXT,
        client_key_name TEXT,
        client TEXT,
        session_id TEXT,
        protocol TEXT NOT NULL,
        operation TEXT NOT NULL,
        pool TEXT,
        model TEXT,
        stream INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        error_code TEXT,
        node_id TEXT,
        node_name TEXT,
        first_byte_ms REAL,
        first_content_ms REAL,
        total_ms REAL NOT NULL,
        request_bytes INTEGER NOT NULL,
        response_bytes INTEGER NOT NULL,
        -- All null, or none.
        usage_input INTEGER,
        usage_output INTEGER,
        usage_cache_read INTEGER,
        usage_cache_write_5m INTEGER,
        usage_cache_write_1h INTEGER,
        usage_estimated INTEGER
      ) STRICT;
      CREATE INDEX exchanges_by_time ON exchanges (started_at_ms);

      CREATE TABLE attempts (
        exchange_id TEXT NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        node_id TEXT NOT NULL,
        node_name TEXT NOT NULL,
        key_id TEXT,
        model TEXT,
        reason TEXT NOT NULL,
        probe INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        message TEXT,
        started_at_ms INTEGER NOT NULL,
        connect_ms REAL,
        first_byte_ms REAL,
        first_content_ms REAL,
        total_ms REAL NOT NULL,
        PRIMARY KEY (exchange_id, number)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE decisions (
        id TEXT PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        node_id TEXT,
        exchange_id TEXT,
        text TEXT NOT NULL
      ) STRICT;
      CREATE INDEX decisions_by_time ON decisions (at_ms);
    `)
  },
}
