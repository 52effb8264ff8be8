// The composition root: opens everything in order, wires engine, storage and control plane, and closes it in reverse.
//
// Start: data directory, lock, database, settings, vault (open-foundation.ts); simulated nodes; ledger; engine; listen.
// Stop:  engine (drains), event streams, ledger (flushes), simulated nodes, database, daemon.json, lock.
import type { Engine, EngineOptions } from '../engine/engine-door.ts'
import type { DaemonStatus } from '../shared/contract/contract.ts'
import { createRedactor } from '../shared/redact.ts'
import type { ScryptCost, Vault } from '../storage/secrets/vault.ts'
import { type Storage, StorageError } from '../storage/storage.ts'
import { systemClock } from './clock.ts'
import { createChanges } from './control/changes.ts'
import { createControlRouter } from './control/control-router.ts'
import { describeStatus } from './control/describe-status.ts'
import { createEventFeed } from './control/event-feed.ts'
import { nodeViews } from './control/node-views.ts'
import { type DaemonInfo, writeDaemonFile } from './daemon-file.ts'
import { createDemoOverlay } from './demo/demo-overlay.ts'
import { findPortOwner, portInUse } from './describe-port-owner.ts'
import type { Host, HostOptions } from './host.ts'
import { databaseError, HostError, hostError } from './host-error.ts'
import { newId } from './ids.ts'
import { createLedgerSink } from './ledger/ledger-sink.ts'
import { createLog, type HostLog } from './logs/create-log.ts'
import { type Foundation, openFoundation } from './open-foundation.ts'
import { createGlobalProxy } from './outbound/global-proxy.ts'
import { createSystemProxy } from './outbound/system-proxy.ts'
import { createRegistrySource } from './registry-source.ts'

/** The literal address: a name could resolve to something the network reaches. */
const PROXY_HOST = '127.0.0.1'

/** The rings below; tests stand in for them. */
export type HostParts = {
  readonly createEngine: (options: EngineOptions) => Engine
  readonly openStorage: (options: { readonly directory: string }) => Promise<Storage>
  /** Cheap in tests. */
  readonly scryptCost?: ScryptCost
}

/** Rejects with a HostError when it cannot start; everything opened so far is released then. */
export async function composeHost(options: HostOptions, parts: HostParts): Promise<Host> {
  const instanceId = newId('sw')
  // What goes on lives as long as the host; the passphrase does not go with it.
  const { vaultPassphrase = null, ...kept } = options
  const { dataDirectory, environment } = kept
  const { openStorage, scryptCost = null } = parts
  const foundation = await openFoundation({
    dataDirectory,
    environment,
    vaultPassphrase,
    instanceId,
    openStorage,
    scryptCost,
  })
  const opened = new AsyncDisposableStack()
  opened.defer(foundation.close)
  try {
    const passphraseGiven = vaultPassphrase !== null
    return await startHost({ options: kept, passphraseGiven, parts, foundation, instanceId, opened })
  } catch (error) {
    // Why it could not start is what the user must hear, whatever closing says.
    await opened.disposeAsync().catch(() => undefined)
    throw error instanceof StorageError ? databaseError(error) : error
  }
}

type Start = {
  readonly options: Omit<HostOptions, 'vaultPassphrase'>
  readonly passphraseGiven: boolean
  readonly parts: HostParts
  readonly foundation: Foundation
  readonly instanceId: string
  /** Whoever opens something here defers its release at once. */
  readonly opened: AsyncDisposableStack
}

async function startHost({ options, parts, foundation, instanceId, opened, ...start }: Start): Promise<Host> {
  const { storage, settings, vault, controlToken } = foundation
  const startedAtMs = systemClock.wallMs()
  const secrets = createRedactor()
  secrets.add(controlToken)
  const { redact } = secrets
  const log = createLog({ destination: options.logDestination, debug: () => settings.current().debug, redact })
  for (const problem of settings.problems)
    log('warn', 'settings', `${problem.said.text.replace(/\.$/, '')} (in the ${problem.where}).`)
  sayHowVaultStands(vault, start, log)

  const demo = createDemoOverlay({ mode: options.demo, wallMs: systemClock.wallMs })
  opened.defer(demo.close)
  const ledger = createLedgerSink({ storage, clock: systemClock, settings: settings.current, log })
  opened.defer(async () => {
    await ledger.stop()
  })
  const registry = createRegistrySource({ storage, vault, demo, secrets, log })
  const { environment } = options
  const globalProxy = createGlobalProxy({
    settings: settings.current,
    environment,
    password: registry.globalProxyPassword,
    systemProxy: createSystemProxy({ platform: process.platform, environment }),
    clock: systemClock,
    secrets,
    log,
  })
  opened.defer(globalProxy.close)
  await globalProxy.start()
  const engine = parts.createEngine({
    ports: { clock: systemClock, random: Math.random, newId, log, ledger, registry, redact },
    settings: settings.current,
    instanceId,
    version: options.version,
    breakers: await storage.loadBreakers(),
    ownPorts: controlPorts,
    globalProxy: globalProxy.route,
  })
  const events = createEventFeed({
    events: engine.events,
    clock: systemClock,
    instanceId,
    nodeViews: () => nodeViews(registry.latest(), engine.liveNodes()),
  })
  opened.defer(events.close)
  opened.defer(() => engine.stop(settings.current().drainTimeoutMs))
  const proxyPort = await listen(engine, options.proxyPort)
  log('info', 'start', `Switchyard ${options.version} listens on ${urlOf(proxyPort)}.`, {
    pid: process.pid,
    instanceId,
  })

  const stopRequest = Promise.withResolvers<void>()
  let draining = false
  let stopping: Promise<void> | null = null

  function requestStop(): void {
    draining = true
    stopRequest.resolve()
  }

  function stop(): Promise<void> {
    requestStop()
    stopping ??= release()
    return stopping
  }

  async function release(): Promise<void> {
    log('info', 'stop', `Stopping: running requests get ${settings.current().drainTimeoutMs / 1000} s.`)
    await opened.disposeAsync()
    // Asked again only now, for its answer: an error in the middle of the release could be hidden by a later one.
    const loss = await ledger.stop()
    if (loss !== null) throw hostError('records-lost', 'records-lost', { loss: loss.text })
    log('info', 'stop', 'Stopped.')
  }

  function controlPorts(): readonly number[] {
    const port = options.controlPort()
    return port === null ? [] : [port]
  }

  function daemonInfo(): DaemonInfo {
    const { version } = options
    const controlUrl = controlPorts().map(urlOf).join('')
    return { pid: process.pid, instanceId, proxyUrl: urlOf(proxyPort), controlUrl, startedAtMs, version }
  }

  function status(): DaemonStatus {
    const facts = { ...daemonInfo(), dataDirectory: options.dataDirectory, draining }
    return describeStatus({ facts, engine, ledger, registry, vault })
  }

  const router = createControlRouter({
    engine,
    storage,
    vault,
    registry,
    settings,
    ledger,
    changes: createChanges({ engine, ledger, demo, registry, feed: events, clock: systemClock, log }),
    events,
    secrets,
    clock: systemClock,
    log,
    ownPorts: () => [proxyPort, ...controlPorts()],
    status,
    requestStop,
  })
  return {
    instanceId,
    proxyPort,
    router,
    controlToken,
    demoKey: demo.demoKey(),
    simulatedNodes: demo.switches,
    status,
    announce: async () => {
      const info = daemonInfo()
      await writeDaemonFile(options.dataDirectory, info)
      return info
    },
    stopRequested: stopRequest.promise,
    requestStop,
    stop,
  }
}

/** Once, instead of once for every key: the daemon runs, and nodes that need no key work. */
function sayHowVaultStands(vault: Vault, { passphraseGiven }: Pick<Start, 'passphraseGiven'>, log: HostLog): void {
  const { protection, why } = vault.standing()
  if (why !== null) log(why.code === 'vault-locked' ? 'warn' : 'error', 'vault', why.text)
  if (!passphraseGiven || protection === 'passphrase') return
  log(
    'warn',
    'vault',
    'A passphrase was given, but the vault is not protected by one: `switchyard vault protect passphrase`.',
  )
}

async function listen(engine: Engine, port: number): Promise<number> {
  try {
    const bound = await engine.listen({ host: PROXY_HOST, port })
    return bound.port
  } catch (error) {
    throw (await portError(error, port)) ?? error
  }
}

async function portError(error: unknown, port: number): Promise<HostError | null> {
  const option = '--port'
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'EADDRINUSE')
    return new HostError('port-in-use', {
      spoken: portInUse(await findPortOwner(port), { port, option }),
      cause: error,
    })
  return code === 'EACCES' ? hostError('port-refused', 'port-refused', { port, option }) : null
}

function urlOf(port: number): string {
  return `http://${PROXY_HOST}:${port}`
}
