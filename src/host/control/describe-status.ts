// The state of the daemon in one answer.
import type { Engine } from '../../engine/engine-door.ts'
import type { DaemonStatus } from '../../shared/contract/contract.ts'
import type { Vault } from '../../storage/secrets/vault.ts'
import type { HostLedger } from '../ledger/ledger-sink.ts'
import type { HostRegistry } from '../registry-source.ts'
import { nodeViews } from './node-views.ts'
import { describeVault } from './vault.ts'

export type DaemonFacts = Pick<
  DaemonStatus,
  'version' | 'instanceId' | 'pid' | 'startedAtMs' | 'dataDirectory' | 'proxyUrl' | 'controlUrl' | 'draining'
>
export type StatusParts = {
  readonly facts: DaemonFacts
  readonly engine: Pick<Engine, 'counts' | 'liveNodes'>
  readonly ledger: Pick<HostLedger, 'state'>
  readonly registry: Pick<HostRegistry, 'latest'>
  readonly vault: Pick<Vault, 'standing'>
}

export function describeStatus({ facts, engine, ledger, registry, vault }: StatusParts): DaemonStatus {
  const { inFlight, total, succeeded, failed, withFailedAttempt } = engine.counts()
  const { unwritten, failure } = ledger.state()
  const loaded = registry.latest()
  const storageFailure = failure ?? loaded.failure
  return {
    ...facts,
    inFlight,
    exchanges: { total, succeeded, failed, withFailedAttempt },
    unwrittenRecords: unwritten,
    storage: { ok: storageFailure === null, message: storageFailure },
    vault: describeVault(vault, loaded),
    nodes: nodeViews(loaded, engine.liveNodes()),
  }
}
