// Puts the engine together: registry, upstreams, exchanges, listener. What a host may ask of it is in engine-door.ts.

import { createRetryBudget } from './attempts/retry-budget.ts'
import { createSignatureMemory } from './attempts/signature-memory.ts'
import { createWrongKeys } from './auth/wrong-keys.ts'
import { activeNodes } from './balancing/active-nodes.ts'
import { createFailedNodesMemory } from './balancing/failed-nodes-memory.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import type { Engine, EngineOptions } from './engine-door.ts'
import { createEngineEvents } from './events.ts'
import { createExchangeCounts } from './exchange/exchange-counts.ts'
import type { ExchangeRoom } from './exchange/exchange-room.ts'
import { createOpenExchanges } from './exchange/open-exchanges.ts'
import { serveRequest } from './exchange/serve-request.ts'
import { testNode } from './health/test-node.ts'
import { createBufferedBytes } from './listener/buffered-bytes.ts'
import { type Listener, listen } from './listener/listener.ts'
import type { BreakerChange, LiveNode } from './nodes/live-node.ts'
import { liveView } from './nodes/live-view.ts'
import type { Timer } from './ports.ts'
import type { RegistryRoom } from './registry/registry.ts'
import { createRegistry } from './registry/registry.ts'
import { explain } from './routing/explain.ts'
import { createUpstreams } from './upstream/upstreams.ts'

/** Longest wait for a request that was told to end. */
const BREAK_OFF_MS = 1000

export function createEngine(options: EngineOptions): Engine {
  const { ports, settings, instanceId, version } = options
  const { clock, random, newId, log, ledger, redact } = ports
  const events = createEngineEvents()
  const decisions = createDecisions({ clock, newId, redact, log, ledger, events })
  const open = createOpenExchanges()
  let listener: Listener | null = null
  let sync: Timer | null = null
  let stopped: Promise<void> | null = null

  const registry = createRegistry({
    source: ports.registry,
    log,
    breakers: options.breakers,
    nodes: {
      clock,
      random,
      settings,
      onBreakerChanged: (node, change) => {
        ledger.saveBreaker(node.persistable())
        // Who resets or moves a node is told so as what it is.
        if (change.why === 'results') tellBreaker(node, { ...change, decisions, nowMs: clock.monotonicMs() })
      },
    },
  } satisfies RegistryRoom)

  const room: ExchangeRoom = {
    clock,
    random,
    newId,
    log,
    redact,
    ledger,
    settings,
    events,
    decisions,
    registry,
    open,
    instanceId,
    counts: createExchangeCounts(),
    wrongKeys: createWrongKeys(clock),
    bufferedBytes: createBufferedBytes(() => settings().bufferedBytesMax),
    failedNodes: createFailedNodesMemory(),
    signatures: createSignatureMemory(),
    retryBudget: createRetryBudget(() => ({
      sharePercent: settings().retryBudgetPercent,
      floor: settings().retryBudgetFloor,
    })),
    upstreams: createUpstreams({
      globalProxy: options.globalProxy,
      addressAttemptTimeoutMs: () => settings().addressAttemptTimeoutMs,
      ownPorts: () => [...options.ownPorts(), ...(listener === null ? [] : [listener.port])],
    }),
  }

  /** Sockets of ways that no node goes any more are closed. */
  async function refresh(): Promise<void> {
    await registry.refresh()
    room.upstreams.keepOnly(registry.all().map((node) => node.way))
  }

  function syncAgain(): void {
    sync = clock.startTimer(settings().registrySyncMs, () => {
      refresh().catch((error: unknown) => {
        log('error', 'CacheRetry', 'the registry could not be read again; going on with what memory has', {
          error: error instanceof Error ? error.message : String(error),
        })
      })
      syncAgain()
    })
  }

  /** What the user does to a node outlives a restart. */
  function command(nodeId: string, act: (node: LiveNode) => void): boolean {
    const node = registry.all().find((one) => one.node.id === nodeId)
    if (node === undefined) return false
    act(node)
    ledger.saveBreaker(node.persistable())
    return true
  }

  /** Running requests get the time, then are broken off; one that does not even notice that within a second is left behind. */
  function drain(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer = clock.startTimer(timeoutMs, () => {
        log('warn', 'stop', `breaking off ${open.count()} requests that are still running`)
        open.cancelAll()
        timer = clock.startTimer(BREAK_OFF_MS, resolve)
      })
      void open.idle().then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  async function stop(timeoutMs: number): Promise<void> {
    sync?.cancel()
    open.stop()
    const closed = listener?.close()
    await drain(timeoutMs)
    listener?.destroyConnections()
    await closed
    room.upstreams.destroy()
  }

  return {
    events,
    listen: async ({ host, port }) => {
      await refresh()
      if (stopped !== null) throw new Error('stopped before it listened')
      listener = await listen({
        host,
        port,
        settings,
        log,
        handle: (request, response) => serveRequest(request, response, { exchanges: room, version }),
      })
      if (stopped !== null) {
        // The stop found nothing to close yet.
        void listener.close()
        throw new Error('stopped before it listened')
      }
      syncAgain()
      return { port: listener.port }
    },
    refreshRegistry: () => {
      // The next look at the database counts from this one, and by the interval as it is now.
      if (sync !== null && stopped === null) {
        sync.cancel()
        syncAgain()
      }
      return refresh()
    },
    liveNodes: () => {
      const active = activeNodes(registry, clock.monotonicMs())
      return registry.all().map((node) => liveView(node, active.has(node), clock))
    },
    explain: (query) => explain(registry, query, clock),
    isolateNode: (nodeId) => command(nodeId, (node) => node.isolate()),
    resetNode: (nodeId) => command(nodeId, (node) => node.reset()),
    testNode: (keyed, test) => testNode(keyed, test, { ...room, version }),
    counts: () => ({ inFlight: open.count(), ...room.counts.read() }),
    stop: (timeoutMs) => {
      stopped ??= stop(timeoutMs)
      return stopped
    },
  }
}

type Telling = { readonly decisions: Decisions; readonly nowMs: number }

function tellBreaker(node: LiveNode, { before, after, decisions, nowMs }: BreakerChange & Telling): void {
  if (before.state === after.state) return
  const { id, name } = node.node
  const record = (kind: 'breaker-opened' | 'breaker-half-opened' | 'breaker-closed', text: string) =>
    decisions.record({ kind, nodeId: id, exchangeId: null, text })
  switch (after.state) {
    case 'open': {
      const seconds = Math.round(((after.openUntilMs ?? nowMs) - nowMs) / 1000)
      record(
        'breaker-opened',
        `the breaker of ${name} opened for ${seconds} s after ${after.consecutiveFailures} failures in a row`,
      )
      break
    }
    case 'half_open':
      record('breaker-half-opened', `the breaker of ${name} is half-open: one probe at a time`)
      break
    case 'closed':
      record('breaker-closed', `the breaker of ${name} closed: its probes succeeded`)
      break
  }
}
