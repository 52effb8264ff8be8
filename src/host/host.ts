// The host as its shells see it. createHost (create-host.ts) makes one.
import type { Router } from '@orpc/server'
import type { Contract, DaemonStatus } from '../shared/contract/contract.ts'
import type { ClientKey } from '../shared/model/client-key.ts'
import type { DaemonInfo } from './daemon-file.ts'

export type DemoMode = 'off' | 'if-empty' | 'always'

export type HostOptions = {
  /** Absolute. Created 0700 when missing. */
  readonly dataDirectory: string
  readonly proxyPort: number
  readonly demo: DemoMode
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Opens a vault that is protected by one. Not kept. */
  readonly vaultPassphrase?: string | null
  readonly version: string
  /** Where log lines go (JSON lines); null for none. */
  readonly logDestination: NodeJS.WritableStream | null
  /** Told by the shell once its control port is bound. */
  readonly controlPort: () => number | null
}

/** A client key that lives in memory only, for the demo pool of this run. */
export type DemoKey = { readonly key: string; readonly clientKey: ClientKey }

/** Kills and revives a simulated node the way a machine dies: connections break, new ones are refused. */
export type SimulatedNodeSwitch = {
  readonly name: string
  readonly kill: () => Promise<void>
  readonly revive: () => Promise<void>
}

/** A router that implements the whole contract and needs no context of a request; who may call it is the bridge's job. */
export type ControlRouter = Router<Contract, Record<never, never>>

export type Host = {
  readonly instanceId: string
  readonly proxyPort: number
  readonly router: ControlRouter
  /** Opens the control plane; new at every start. Never shown: other programs read it from its 0600 file. */
  readonly controlToken: string
  /** Null unless simulated nodes were there at start. */
  readonly demoKey: DemoKey | null
  /** Empty while there are no simulated nodes. */
  readonly simulatedNodes: () => readonly SimulatedNodeSwitch[]
  readonly status: () => DaemonStatus
  /** The shell calls it once its control port is bound: from then on other programs find this daemon (daemon.json). */
  readonly announce: () => Promise<DaemonInfo>
  /** Somebody asked for the end: `requestStop` or the control plane. The shell then calls `stop`. */
  readonly stopRequested: Promise<void>
  readonly requestStop: () => void
  /**
   * Drains, writes what is left, releases everything. Idempotent; the order is in compose-host.ts. Rejects with a
   * HostError `records-lost`, everything released all the same, when the database did not take the last records.
   */
  readonly stop: () => Promise<void>
}
