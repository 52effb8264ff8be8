// The [Distributor] lines: where every request went and why, or that it went nowhere.
import type { Selection } from '../balancing/select-node.ts'
import type { LogFields } from '../ports.ts'
import type { ProxyError } from '../proxy-error.ts'
import type { AttemptJob, AttemptRoom } from './attempt-job.ts'

export function logChoice(job: AttemptJob, { lease, reason }: Selection, room: AttemptRoom): void {
  const { id, name, simulated } = lease.node.node
  room.log('info', 'Distributor', `${job.facts.model} goes to ${name}: ${reason}`, {
    ...requestFields(job),
    nodeId: id,
    node: name,
    nodeType: simulated ? 'simulated' : job.protocol.id,
    reason,
  })
}

export function logNoNode(job: AttemptJob, error: ProxyError, room: AttemptRoom): void {
  const { model } = job.facts
  room.log('error', 'Distributor', `no node for ${model}: ${error.message}`, {
    ...requestFields(job),
    code: error.code,
  })
}

function requestFields(job: AttemptJob): LogFields {
  const { exchangeId, protocol, clientKey, facts, pathAndQuery, foundIn } = job
  const pool = clientKey.pools.join(', ')
  return { exchangeId, protocol: protocol.id, pool, model: facts.model, path: pathAndQuery, cache: foundIn }
}
