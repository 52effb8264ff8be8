// The proxies of the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in either case.
import type { ProxyRoute } from '../../engine/ports.ts'
import { bypassOf } from './bypass.ts'
import { type ProxyReading, readProxy } from './proxy-rules.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** In order: the one of the scheme, the one for everything; https at last takes what was only said for http, as many tools do. */
const forHttps = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'] as const
const forHttp = ['HTTP_PROXY', 'ALL_PROXY'] as const

export function readEnvironmentProxy(environment: Environment): ProxyReading {
  const problems = new Set<string>()

  function first(names: readonly string[]): ProxyRoute | null {
    for (const name of names) {
      const value = valueOf(environment, name)
      if (value === '') continue
      const found = readProxy(value)
      if (found.ok) return found.route
      problems.add(`The proxy in ${name} is not used. ${found.message}`)
      return null
    }
    return null
  }

  const bypasses = bypassOf(valueOf(environment, 'NO_PROXY').split(/[\s,]+/), { names: 'with-subdomains' })
  return { rules: { https: first(forHttps), http: first(forHttp), bypasses }, problems: [...problems] }
}

export function environmentNamesProxy(environment: Environment): boolean {
  return forHttps.some((name) => valueOf(environment, name) !== '')
}

/** Lower case wins, as everywhere. */
function valueOf(environment: Environment, name: string): string {
  return (environment[name.toLowerCase()] || environment[name] || '').trim()
}
