// The contract implemented: each procedure hands its parsed input to the file of its resource.
import { implement } from '@orpc/server'
import { contract } from '../../shared/contract/contract.ts'
import { presets } from '../../shared/presets.ts'
import type { ControlRouter } from '../host.ts'
import { createClientKeyControl } from './client-keys.ts'
import { toReply } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { explain } from './explain.ts'
import { createNodeCommands } from './node-commands.ts'
import { createNodeKeyControl } from './node-keys.ts'
import { createNodeControl } from './nodes.ts'
import { createPoolControl } from './pools.ts'
import { recentDecisions } from './recent-decisions.ts'
import { recentExchanges } from './recent-exchanges.ts'
import { refuseProto } from './refuse-proto.ts'
import { createSettingControl } from './settings.ts'
import { createVaultControl } from './vault.ts'

export function createControlRouter(services: ControlServices): ControlRouter {
  const nodes = createNodeControl(services)
  const commands = createNodeCommands(services)
  const nodeKeys = createNodeKeyControl(services)
  const pools = createPoolControl(services)
  const settings = createSettingControl(services)
  const vault = createVaultControl(services)
  const clientKeys = createClientKeyControl(services)
  const os = implement(contract).use(async ({ next }, input: unknown) => {
    try {
      refuseProto(input)
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
      isolate: os.nodes.isolate.handler(({ input }) => commands.isolate(input.ref)),
      reset: os.nodes.reset.handler(({ input }) => commands.reset(input.ref)),
      test: os.nodes.test.handler(({ input, signal }) => commands.test(input.ref, { ...input, signal })),
      testDraft: os.nodes.testDraft.handler(({ input, signal }) =>
        commands.testDraft(input.node, { ...input, signal }),
      ),
      presets: os.nodes.presets.handler(() => [...presets]),
      keys: {
        add: os.nodes.keys.add.handler(({ input }) => nodeKeys.add(input)),
        update: os.nodes.keys.update.handler(({ input }) => nodeKeys.update(input)),
        remove: os.nodes.keys.remove.handler(({ input }) => nodeKeys.remove(input)),
      },
    },
    pools: {
      list: os.pools.list.handler(() => pools.list()),
      get: os.pools.get.handler(({ input }) => pools.get(input.name)),
      create: os.pools.create.handler(({ input }) => pools.create(input.name)),
      remove: os.pools.remove.handler(({ input }) => pools.remove(input.name)),
    },
    settings: {
      list: os.settings.list.handler(() => settings.list()),
      get: os.settings.get.handler(({ input }) => settings.get(input.name)),
      set: os.settings.set.handler(({ input }) => settings.set(input.values)),
      reset: os.settings.reset.handler(({ input }) => settings.reset(input.name)),
      setSecret: os.settings.setSecret.handler(({ input }) => settings.setSecret(input.name, input.value)),
    },
    vault: {
      status: os.vault.status.handler(() => vault.status()),
      unlock: os.vault.unlock.handler(({ input, signal }) => vault.unlock(input.passphrase, signal)),
      rotate: os.vault.rotate.handler(() => vault.rotate()),
      protect: os.vault.protect.handler(({ input }) => vault.protect(input)),
      export: os.vault.export.handler(({ input }) => vault.exportAs(input.passphrase)),
      import: os.vault.import.handler(({ input }) => vault.importFrom(input.document, input.passphrase)),
    },
    clientKeys: {
      list: os.clientKeys.list.handler(() => clientKeys.list()),
      get: os.clientKeys.get.handler(({ input }) => clientKeys.get(input.ref)),
      create: os.clientKeys.create.handler(({ input }) => clientKeys.create(input)),
      update: os.clientKeys.update.handler(({ input }) => clientKeys.update(input)),
      revoke: os.clientKeys.revoke.handler(({ input }) => clientKeys.revoke(input.ref)),
    },
    exchanges: {
      recent: os.exchanges.recent.handler(({ input }) => recentExchanges(services, input.limit)),
    },
    decisions: {
      recent: os.decisions.recent.handler(({ input }) => recentDecisions(services, input.limit)),
    },
    explain: os.explain.handler(({ input }) => explain(services, input)),
    events: os.events.handler(({ signal, lastEventId }) => services.events.subscribe({ signal, lastEventId })),
    status: os.status.handler(() => services.status()),
    stop: os.stop.handler(() => {
      services.requestStop()
      return { pid: process.pid }
    }),
  })
}
