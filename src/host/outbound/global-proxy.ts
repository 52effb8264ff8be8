// The proxy of nodes that have none of their own, by the setting `globalProxyMode`. Asked for every request, so nothing
// here waits; the system's settings are looked at beside, at the start and every minute.

import type { Clock, GlobalProxy, ProxyRoute, Timer } from '../../engine/ports.ts'
import { assertNever } from '../../shared/assert-never.ts'
import type { Redactor } from '../../shared/redact.ts'
import type { Settings } from '../../shared/settings/settings.ts'
import type { HostLog } from '../logs/create-log.ts'
import { readEnvironmentProxy } from './environment-proxy.ts'
import { type ProxyReading, type ProxyRules, readProxy, routeBy } from './proxy-rules.ts'
import type { SystemProxy } from './system-proxy.ts'

export type HostGlobalProxy = {
  readonly route: GlobalProxy
  /** Looks at the system's settings, then again every minute until `close`. Never rejects. */
  readonly start: () => Promise<void>
  readonly close: () => void
}

type ProxySettings = Pick<Settings, 'globalProxyMode' | 'globalProxyUrl' | 'globalProxyUser'>

export type GlobalProxyOptions = {
  /** Asked at every use. */
  readonly settings: () => ProxySettings
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of that custom proxy, from the vault; null: none, or locked. */
  readonly password: (proxy: ProxySettings) => string | null
  readonly systemProxy: SystemProxy
  readonly clock: Pick<Clock, 'startTimer'>
  readonly secrets: Pick<Redactor, 'add'>
  readonly log: HostLog
}

/** Proxies are switched by hand: a minute is soon enough for who does not restart, and a program a minute costs nothing. */
const LOOK_EVERY_MS = 60_000

export function createGlobalProxy(options: GlobalProxyOptions): HostGlobalProxy {
  const { settings, systemProxy, log } = options
  const ofEnvironment = keepSecrets(readEnvironmentProxy(options.environment))
  const custom = createCustomProxy()
  let mode: Settings['globalProxyMode'] | null = null
  let told = ''
  let timer: Timer | null = null
  let closed = false

  function route(origin: URL): ProxyRoute | null {
    const now = settings()
    const turned = mode !== now.globalProxyMode
    mode = now.globalProxyMode
    switch (now.globalProxyMode) {
      case 'none':
        return null
      case 'custom':
        return custom(now, options.password(now), tell)
      case 'environment':
        return by(ofEnvironment, origin)
      case 'system':
        // What was read may be as old as the start; this request goes by it, the next by what it is now.
        if (turned && timer !== null) void look()
        return by(systemProxy.reading(), origin)
      default:
        return assertNever(now.globalProxyMode)
    }
  }

  function by({ rules, problems }: ProxyReading, origin: URL): ProxyRoute | null {
    if (problems.length > 0) tell(problems.join(' '))
    return routeBy(rules, origin)
  }

  /** Once, until there is something else to say. */
  function tell(problem: string): void {
    if (problem === told) return
    told = problem
    log('warn', 'upstream', problem)
  }

  async function look(): Promise<void> {
    await systemProxy.refresh()
    keepSecrets(systemProxy.reading())
  }

  function keepSecrets(reading: ProxyReading): ProxyReading {
    for (const proxy of routesOf(reading.rules)) if (proxy.password !== null) options.secrets.add(proxy.password)
    return reading
  }

  function lookAgain(): void {
    if (closed) return
    timer = options.clock.startTimer(LOOK_EVERY_MS, () => {
      if (settings().globalProxyMode === 'system') void look()
      lookAgain()
    })
  }

  return {
    route,
    start: async () => {
      if (settings().globalProxyMode === 'system') await look()
      mode = settings().globalProxyMode
      lookAgain()
    },
    close: () => {
      closed = true
      timer?.cancel()
    },
  }
}

function routesOf({ https, http }: ProxyRules): readonly ProxyRoute[] {
  return [https, http].filter((route) => route !== null)
}

type KnownCustom = {
  readonly url: string
  readonly user: string
  readonly password: string | null
  readonly route: ProxyRoute | null
}
type CustomProxy = (
  settings: ProxySettings,
  password: string | null,
  tell: (problem: string) => void,
) => ProxyRoute | null

/** The same object as long as its three parts are the same. */
function createCustomProxy(): CustomProxy {
  let known: KnownCustom = { url: '', user: '', password: null, route: null }
  return (settings, password, tell) => {
    const { globalProxyUrl: url, globalProxyUser: user } = settings
    if (url === '') {
      tell(
        'The global proxy is `custom`, but `globalProxyUrl` is empty: nodes without a proxy of their own are reached straight.',
      )
      return null
    }
    if (known.url === url && known.user === user && known.password === password) return known.route
    const found = readProxy(url)
    if (!found.ok) tell(`The global proxy is not used. ${found.message}`)
    const route = found.ok ? { ...found.route, ...(user === '' ? {} : { username: user, password }) } : null
    known = { url, user, password, route }
    return route
  }
}
