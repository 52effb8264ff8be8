// Pools: named sets of nodes.

export const pool = {
  'pool.summary': 'Named sets of nodes that serve the client keys.',
  'pool-list.summary': 'List the pools with their nodes and client keys.',
  'pool-show.summary': 'Show one pool.',
  'pool-show.strategy': 'Strategy',
  'pool-show.active': 'Active',
  'pool-show.nodes': 'Nodes',
  'pool-show.client-keys': 'Client keys',
  'pool-create.summary': 'Create a pool without nodes. One also comes with the first node that is put into it.',
  'pool-create.done': 'Created the pool {{name}}. Put a node into it:',
  'pool-remove.summary': 'Remove a pool that no node and no client key uses. Asks first.',
  'pool-remove.question': 'Remove the pool {{name}}?',
  'pool-remove.done': 'Removed the pool {{name}}.',
} as const
