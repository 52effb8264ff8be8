// Pools: named sets of nodes.

export const pool = {
  'pool.summary': '为客户端密钥服务的命名节点集合。',
  'pool-list.summary': '列出节点池及其节点和客户端密钥。',
  'pool-show.summary': '显示一个节点池。',
  'pool-show.strategy': '策略',
  'pool-show.active': '活动节点',
  'pool-show.nodes': '节点',
  'pool-show.client-keys': '客户端密钥',
  'pool-create.summary': '创建空的节点池。把第一个节点放进某个节点池时，它也会自动创建。',
  'pool-create.done': '已创建节点池 {{name}}。把节点放进去：',
  'pool-remove.summary': '移除既没有节点、也没有客户端密钥使用的节点池。会先询问。',
  'pool-remove.question': '移除节点池 {{name}}？',
  'pool-remove.done': '已移除节点池 {{name}}。',
} as const
