// What a follower of the control plane gets: one snapshot by the other procedures, then pushes with a revision.
import { z } from 'zod'
import { nodeViewSchema } from '../model/node-status.ts'
import { engineEventSchema } from './engine-event.ts'

/** Lists that changed: whoever shows one asks for it again. */
export const changedListSchema = z.enum(['nodes', 'pools', 'client-keys', 'settings', 'vault'])
export type ChangedList = z.infer<typeof changedListSchema>

/**
 * At most ten a second, each with all that happened since the one before. The SSE `id` is `instanceId:revision`;
 * a follower that comes back with it (Last-Event-ID) gets what it missed, or a push with `gap`.
 */
export const pushSchema = z.strictObject({
  /** One more with every push of this daemon. */
  revision: z.int().min(0),
  instanceId: z.string(),
  /** Something before this push is lost to this follower: take a new snapshot. True for the first push of a new follower. */
  gap: z.boolean(),
  events: z.array(engineEventSchema),
  /** Events left out of this push because there were too many. */
  dropped: z.int().min(0),
  changed: z.array(changedListSchema),
  /** Nodes whose view differs from the push before, whole. */
  nodes: z.array(nodeViewSchema),
})
export type Push = Readonly<z.infer<typeof pushSchema>>
