// Opens the socket of a node: every address behind the name is checked at this moment, and our own port is refused.
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction, Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import { ADDRESS_REFUSED, refusedAddress } from './address-check.ts'

export class AddressRefused extends Error {
  readonly code = ADDRESS_REFUSED
}

export type ConnectorOptions = {
  /** Asked at every connect. */
  readonly addressAttemptTimeoutMs: () => number
  /** Ports of this Switchyard on loopback. */
  readonly ownPorts: () => readonly number[]
  /** What TLS may end in; null: the well-known certificates. */
  readonly trust: SecureContext | null
  /** Default: the system's. */
  readonly resolve?: ResolveHost
}

export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Opens a socket; returns how to give it up while it does not stand yet. */
export type Connector = (target: buildConnector.Options, callback: buildConnector.Callback) => () => void

/** Straight to the target. */
export function createConnector(options: ConnectorOptions): Connector {
  const connect = createOpener(options)
  return (target, callback) => {
    const refused = refusedTarget(target)
    if (refused !== null) {
      callback(refused, null)
      return () => undefined
    }
    const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80))
    // undici's type hides that its connector returns the socket; without it a connect that hangs could not be ended.
    const opening: unknown = connect(target, (...result) => {
      const [error, socket] = result
      // On failure undici leaves the socket out altogether.
      if (error === null && isLoopback(socket.remoteAddress) && options.ownPorts().includes(port)) {
        socket.destroy()
        callback(new AddressRefused(`port ${port} on this machine is Switchyard itself`), null)
        return
      }
      callback(...result)
    })
    return () => {
      if (opening instanceof Socket) opening.destroy()
    }
  }
}

/** undici's own connector. All timers are ours (policies §1), so its are off. */
export function createOpener(options: ConnectorOptions): buildConnector.connector {
  let attemptTimeoutMs = options.addressAttemptTimeoutMs()
  let connect = buildOpener(options, attemptTimeoutMs)
  return (target, callback) => {
    const nowMs = options.addressAttemptTimeoutMs()
    // undici takes it once and for all.
    if (nowMs !== attemptTimeoutMs) connect = buildOpener(options, nowMs)
    attemptTimeoutMs = nowMs
    return connect(target, callback)
  }
}

function buildOpener(options: ConnectorOptions, attemptTimeoutMs: number): buildConnector.connector {
  return buildConnector({
    allowH2: false,
    timeout: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
    lookup: checkedLookup(options.resolve ?? dnsLookup),
    noDelay: true,
    // Said, for an environment variable (NODE_TLS_REJECT_UNAUTHORIZED) could switch it off otherwise.
    rejectUnauthorized: true,
    ...(options.trust === null ? {} : { secureContext: options.trust }),
  })
}

/** Null for a name: what is behind it is seen when it is resolved. */
export function refusedTarget({ hostname }: Pick<buildConnector.Options, 'hostname'>): AddressRefused | null {
  const host = hostname.replace(/^\[|\]$/g, '')
  const reason = isIP(host) === 0 ? null : refusedAddress(host)
  return reason === null ? null : new AddressRefused(`${host} is ${reason}`)
}

function checkedLookup(resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '')
        return
      }
      const allowed = addresses.filter(({ address }) => refusedAddress(address) === null)
      const first = allowed[0]
      if (first === undefined) {
        callback(new AddressRefused(refusal(hostname, addresses)), '')
      } else if (options.all === true) {
        callback(null, allowed)
      } else {
        callback(null, first.address, first.family)
      }
    })
  }
}

function refusal(hostname: string, addresses: readonly LookupAddress[]): string {
  const address = addresses[0]?.address ?? ''
  return `${hostname} resolves to ${address}, ${refusedAddress(address) ?? 'no address'}`
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.'))
}
