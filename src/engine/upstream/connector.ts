// Opens the socket of a node: every address behind the name is checked at this moment, and our own port is refused.
import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'
import { ADDRESS_REFUSED, refusedAddress } from './address-check.ts'

class AddressRefused extends Error {
  readonly code = ADDRESS_REFUSED
}

export type ConnectorOptions = {
  readonly addressAttemptTimeoutMs: number
  /** Ports of this Switchyard on loopback. */
  readonly ownPorts: () => readonly number[]
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

/** All timers are ours (policies §1), so undici's own are off. */
export function createConnector(options: ConnectorOptions): Connector {
  const connect = buildConnector({
    allowH2: false,
    timeout: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: options.addressAttemptTimeoutMs,
    lookup: checkedLookup(options.resolve ?? dnsLookup),
    noDelay: true,
  })
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    const reason = isIP(host) === 0 ? null : refusedAddress(host)
    if (reason !== null) {
      callback(new AddressRefused(`${host} is ${reason}`), null)
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
