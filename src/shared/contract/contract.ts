// Every procedure of the control plane, once: REST path, input, output, errors. Both ends derive from it.
import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { decisionSchema } from '../model/decision.ts'
import { exchangeRecordSchema } from '../model/exchange.ts'
import { nameSchema } from '../model/name.ts'
import { nodeViewSchema } from '../model/node-status.ts'
import { protocolSchema } from '../model/protocol.ts'
import { vaultStatusSchema } from '../model/vault.ts'
import { base, ref } from './base.ts'
import { clientKeysContract } from './client-keys.ts'
import { explanationSchema } from './explanation.ts'
import { nodesContract } from './nodes.ts'
import { poolsContract } from './pools.ts'
import { pushSchema } from './push.ts'
import { settingsContract } from './settings.ts'
import { vaultContract } from './vault.ts'

/** How many of the newest. */
const newest = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(50) })

export const statusSchema = z.strictObject({
  version: z.string(),
  instanceId: z.string(),
  pid: z.int(),
  startedAtMs: z.int(),
  dataDirectory: z.string(),
  proxyUrl: z.string(),
  controlUrl: z.string(),
  /** True from the moment a stop was asked for. */
  draining: z.boolean(),
  inFlight: z.int().min(0),
  /** Since start. */
  exchanges: z.strictObject({
    total: z.int().min(0),
    succeeded: z.int().min(0),
    failed: z.int().min(0),
    /** Exchanges with at least one failed attempt. */
    withFailedAttempt: z.int().min(0),
  }),
  /** Records that wait because the database does not take them. */
  unwrittenRecords: z.int().min(0),
  storage: z.strictObject({ ok: z.boolean(), message: z.string().nullable() }),
  vault: vaultStatusSchema,
  nodes: z.array(nodeViewSchema),
})

export const contract = {
  nodes: nodesContract,
  pools: poolsContract,
  clientKeys: clientKeysContract,
  settings: settingsContract,
  vault: vaultContract,
  exchanges: {
    /** Newest first. */
    recent: base
      .route({
        method: 'GET',
        path: '/exchanges',
        summary: 'List the newest exchanges with their attempts.',
        tags: ['Ledger'],
      })
      .input(newest)
      .output(z.array(exchangeRecordSchema)),
  },
  decisions: {
    /** Newest first. */
    recent: base
      .route({
        method: 'GET',
        path: '/decisions',
        summary: 'List the newest decisions: what was chosen or changed, and why.',
        tags: ['Ledger'],
      })
      .input(newest)
      .output(z.array(decisionSchema)),
  },
  explain: base
    .route({
      method: 'GET',
      path: '/explain',
      summary: 'Say which node a request would go to now, and why not to the others.',
      tags: ['Ledger'],
    })
    .input(
      z.strictObject({
        model: z.string().min(1).max(200),
        protocol: protocolSchema.default('anthropic'),
        /** One of the two; neither means the pool `default`. */
        pool: nameSchema.optional(),
        clientKey: ref.optional(),
      }),
    )
    .output(explanationSchema),
  events: base
    .route({ method: 'GET', path: '/events', summary: 'Follow what happens, as server-sent events.', tags: ['Daemon'] })
    .output(eventIterator(pushSchema)),
  status: base
    .route({
      method: 'GET',
      path: '/status',
      summary: 'Show the running daemon: addresses, counts, storage, vault, nodes.',
      tags: ['Daemon'],
    })
    .output(statusSchema),
  /** Answers at once; the daemon drains and exits afterwards. */
  stop: base
    .route({
      method: 'POST',
      path: '/stop',
      summary: 'Stop the daemon: running requests may end first.',
      tags: ['Daemon'],
    })
    .output(z.strictObject({ pid: z.int() })),
}

export type Contract = typeof contract
export type DaemonStatus = z.infer<typeof statusSchema>
