// What the handlers work with. compose-host.ts makes it; handlers reach nothing else.
import type { Engine } from '../../engine/engine-door.ts'
import type { Clock } from '../../engine/ports.ts'
import type { DaemonStatus } from '../../shared/contract/contract.ts'
import type { Redactor } from '../../shared/redact.ts'
import type { Vault } from '../../storage/secrets/vault.ts'
import type { Storage } from '../../storage/storage.ts'
import type { HostLedger } from '../ledger/ledger-sink.ts'
import type { HostLog } from '../logs/create-log.ts'
import type { HostRegistry } from '../registry-source.ts'
import type { SettingsService } from '../settings-service.ts'
import type { Changes } from './changes.ts'
import type { EventFeed } from './event-feed.ts'

export type ControlServices = {
  readonly engine: Pick<Engine, 'liveNodes' | 'explain' | 'isolateNode' | 'resetNode' | 'testNode' | 'refreshRegistry'>
  readonly storage: Storage
  readonly vault: Vault
  readonly registry: Pick<HostRegistry, 'latest' | 'keyed'>
  readonly settings: SettingsService
  readonly ledger: Pick<HostLedger, 'flush'>
  readonly changes: Changes
  readonly events: EventFeed
  readonly secrets: Pick<Redactor, 'add'>
  readonly clock: Clock
  readonly log: HostLog
  /** Ports of ours that no node may point at. */
  readonly ownPorts: () => readonly number[]
  readonly status: () => DaemonStatus
  readonly requestStop: () => void
}
