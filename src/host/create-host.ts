// The host with its real engine and storage. The shells' door; the work is in compose-host.ts.
import { createEngine } from '../engine/engine.ts'
import { openStorage } from '../storage/open-storage.ts'
import { composeHost } from './compose-host.ts'
import type { Host, HostOptions } from './host.ts'

/** Rejects with a HostError when it cannot start; everything opened so far is released then. */
export async function createHost(options: HostOptions): Promise<Host> {
  return composeHost(options, { createEngine, openStorage })
}
