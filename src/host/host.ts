// The host as its shells see it. createHost (create-host.ts) makes one.
import type { ClientKey } from '../shared/model/client-key.ts'

export type DemoMode = 'off' | 'if-empty' | 'always'

export type HostOptions = {
  /** Absolute. Created 0700 when missing. */
  readonly dataDirectory: string
  readonly proxyPort: number
  readonly demo: DemoMode
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Where log lines go (JSON lines); null for none. */
  readonly logDestination: NodeJS.WritableStream | null
  /** Told by the shell once its control port is bound. */
  readonly controlPort: () => number | null
}

/** A client key that lives in memory only, for the demo pool of this run. */
export type DemoKey = { readonly key: string; readonly clientKey: ClientKey }
