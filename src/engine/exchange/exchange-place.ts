// What the handler of one operation is given: whose request it is, and where its answer goes.
import type { ServerResponse } from 'node:http'
import type { HashedClientKey } from '../../shared/model/client-key.ts'
import type { ProtocolModule } from '../protocols/protocol.ts'
import type { Arrival } from './arrival.ts'
import type { ExchangeRoom } from './exchange-room.ts'

export type ExchangePlace = {
  readonly arrival: Arrival
  readonly clientKey: HashedClientKey
  readonly protocol: ProtocolModule
  readonly response: ServerResponse
  readonly room: ExchangeRoom
}
