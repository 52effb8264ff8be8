// The contract implemented: each procedure hands its parsed input to the file of its resource.
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import type { ControlRouter } from '../host.ts'
import { createClientKeyControl } from './client-keys.ts'
import { toReply } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { explain } from './explain.ts'
import { createNodeControl } from './nodes.ts'
import { recentExchanges } from './recent-exchanges.ts'

export function createControlRouter(services: ControlServices): ControlRouter {
  const nodes = createNodeControl(services)
  const clientKeys = createClientKeyControl(services)
  const os = implement(contract).use(async ({ next }) => {
    try {
      return await next()
    } catch (error) {
      throw toReply(error, services.log)
    }
  })

  return os.router({
    nodes: {
      list: os.nodes.list.handler(() => nodes.list()),
      get: os.nodes.get.handler(({ input }) => nodes.get(input.ref)),
      create: os.nodes.create.handler(({ input }) => nodes.create(input)),
      update: os.nodes.update.handler(({ input }) => nodes.update(input)),
      remove: os.nodes.remove.handler(({ input }) => nodes.remove(input.ref)),
    },
    clientKeys: {
      list: os.clientKeys.list.handler(() => clientKeys.list()),
      create: os.clientKeys.create.handler(({ input }) => clientKeys.create(input)),
      revoke: os.clientKeys.revoke.handler(({ input }) => clientKeys.revoke(input.ref)),
    },
    exchanges: {
      recent: os.exchanges.recent.handler(({ input }) => recentExchanges(services, input.limit)),
    },
    explain: os.explain.handler(({ input }) => explain(services, input)),
    events: os.events.handler(({ signal }) => services.events.subscribe(signal)),
    status: os.status.handler(() => services.status()),
    stop: os.stop.handler(() => {
      services.requestStop()
      return { pid: process.pid }
    }),
  })
}
