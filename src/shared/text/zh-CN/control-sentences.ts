// What the control plane refuses, in Simplified Chinese.
import type { controlSentences as english } from '../en/control-sentences.ts'

export const controlSentences: Readonly<Record<keyof typeof english, string>> = {
  'node-unknown-near': '没有节点“{{ref}}”。您是不是想找 {{names}}？',
  'node-unknown-far': '没有节点“{{ref}}”。现有节点：{{names}}。',
  'node-unknown-none': '没有节点“{{ref}}”。目前还没有任何节点。',
  'client-key-unknown-near': '没有客户端密钥“{{ref}}”。您是不是想找 {{names}}？',
  'client-key-unknown-far': '没有客户端密钥“{{ref}}”。现有客户端密钥：{{names}}。',
  'client-key-unknown-none': '没有客户端密钥“{{ref}}”。目前还没有任何客户端密钥。',
  'pool-unknown-near': '没有节点池“{{ref}}”。您是不是想找 {{names}}？',
  'pool-unknown-far': '没有节点池“{{ref}}”。现有节点池：{{names}}。',
  'pool-unknown-none': '没有节点池“{{ref}}”。目前还没有任何节点池。',
  'setting-unknown-near': '没有设置项“{{ref}}”。您是不是想找 {{names}}？',
  'setting-unknown-far': '没有设置项“{{ref}}”。设置列表中有全部设置项。',
  'setting-unknown-none': '没有设置项“{{ref}}”。没有任何设置项。',
  'node-key-unknown-near': '该节点没有密钥“{{ref}}”。您是不是想找 {{names}}？',
  'node-key-unknown-far': '该节点没有密钥“{{ref}}”。它的密钥：{{names}}。',
  'node-key-unknown-none': '该节点没有密钥“{{ref}}”。它还没有任何密钥。',

  'base-url-characters': '基础地址中含有空格、反斜杠或控制字符，请删除。',
  'base-url-not-http':
    '基础地址不是 http 或 https 地址。请写成 https://relay.example 或 https://relay.example/api 的形式。',
  'base-url-userinfo': '基础地址中带有用户名或密码。请改用 --key-stdin 或在提示处输入密钥。',
  'base-url-fragment': '基础地址中含有片段（#…），请删除。',
  'base-url-query': '基础地址中含有查询参数（?…），请删除。',
  'base-url-double-slash': '基础地址的路径中含有 //，请删除多余的斜杠。',
  'base-url-dots': '基础地址的路径中含有 . 或 ..，请写出完整路径。',
  'base-url-link-local': '基础地址指向 {{host}}，这是链路本地地址，节点不可能在那里。',
  'base-url-unspecified': '基础地址指向 {{host}}，这是未指定地址，节点不可能在那里。',
  'base-url-metadata': '基础地址指向 {{host}}，这是元数据服务的地址，节点不可能在那里。',
  'base-url-multicast': '基础地址指向 {{host}}，这是多播或保留地址，节点不可能在那里。',
  'base-url-not-an-address': '基础地址指向 {{host}}，这不是一个地址。请写出主机名。',
  'base-url-plain-http': '基础地址使用 http:，密钥会以明文传输。请改用 https:，或为该节点允许明文（--allow-http）。',
  'base-url-own-port': '基础地址 {{baseUrl}} 就是 Switchyard 自己（端口 {{port}}），请求会无限循环。请填写节点的地址。',

  'node-name-taken': '已经有名为“{{name}}”的节点，请换一个名称。',
  'simulated-node-name-taken': '已经有名为“{{name}}”的模拟节点，请换一个名称。',
  'node-simulated':
    '节点“{{name}}”是模拟节点，不能更改。启动 Switchyard 时不加 --demo 即可去掉它；使用 --demo-if-empty 时，添加您自己的节点后它会自动消失。',
  'node-pool-demo': '节点池“{{pool}}”属于模拟节点。请为该节点选择其他节点池，或不填写以使用默认节点池。',
  'node-gone': '节点“{{name}}”已不存在：刚刚被删除。',
  'node-model-mapped-twice': '模型映射中两次出现“{{model}}”，请只映射一次。',
  'node-proxy-user-alone': '代理用户名需要节点有自己的代理。请同时给出代理的 URL，或去掉用户名。',
  'node-proxy-password-alone': '代理密码需要节点有自己的代理。请同时给出代理的 URL 和用户名。',
  'node-proxy-password-without-user': '代理密码需要用户名，请同时给出用户名。',
  'node-proxy-password-long': 'SOCKS5 的密码最多 {{most}} 字节，这个密码更长。',

  'node-key-label-taken': '该节点已有标签为“{{label}}”的密钥，请换一个标签。',
  'node-key-twice': '该节点已有这个密钥（{{label}}），每个密钥只需添加一次。',
  'node-keys-full': '一个节点最多有 {{most}} 个密钥。请先删除一些，或添加另一个节点。',

  'pool-name-taken': '已经有名为“{{name}}”的节点池，请换一个名称。',
  'pool-demo': '节点池“{{pool}}”属于模拟节点，随模拟节点一起出现和消失。',
  'pool-default': '节点池“{{pool}}”是新节点和新客户端密钥的默认去处，不能删除。',
  'pool-has-nodes': '节点池“{{pool}}”中还有节点：{{names}}。请先把它们移出或删除。',
  'pool-has-client-keys': '节点池“{{pool}}”正被客户端密钥使用：{{names}}。请先为它们换节点池，或吊销它们。',

  'setting-locked': '{{name}} 由环境变量（{{variable}}）设定。请在那里修改并重新启动。',
  'setting-expects-number': '{{name}} 不能取这个值：应为 {{min}} 到 {{max}} 之间的数字。',
  'setting-expects-whole-number': '{{name}} 不能取这个值：应为 {{min}} 到 {{max}} 之间的整数。',
  'setting-expects-boolean': '{{name}} 不能取这个值：应为 true 或 false。',
  'setting-expects-statuses': '{{name}} 不能取这个值：应为最多 50 个 HTTP 状态码的列表，每个在 400 到 599 之间。',
  'setting-expects-choice': '{{name}} 不能取这个值：应为以下之一：{{choices}}。',
  'setting-expects-text': '{{name}} 不能取这个值：应为 {{form}}。',
  'settings-not-ascending': '{{low}}（{{lowValue}}）会大于 {{high}}（{{highValue}}）。请同时修改两项，或先修改另一项。',
  'settings-custom-proxy-without-url':
    '全局代理设为 custom 时必须有 URL。请同时设置 globalProxyUrl，或先改用其他 globalProxyMode。',

  'client-key-name-taken': '已经有名为“{{name}}”的客户端密钥，请换一个名称。',
  'client-key-simulated': '客户端密钥“{{name}}”属于模拟节点，会随模拟节点一起消失。',
  'client-key-pool-demo':
    '节点池“{{pool}}”属于模拟节点；在您还没有自己的节点时，它们会应答所有节点池的密钥。现有节点池：{{names}}。',
  'client-key-pool-unknown':
    '没有节点池“{{pool}}”。现有节点池：{{names}}。请先创建它，或把节点放进去：放入第一个节点时节点池就会出现。',
  'client-key-pool-unknown-near': '没有节点池“{{pool}}”。您是不是想找 {{names}}？',
  'client-key-pool-twice': '节点池“{{pool}}”在列表中出现了两次。请按依次使用的顺序列出，每个节点池只写一次。',
  'client-key-model-characters':
    '“{{model}}”不是单个模型名称：它以空格开头或结尾，或含有逗号、分号或控制字符。请逐个给出模型。',
  'client-key-model-wildcard':
    '“{{model}}”会被逐字匹配：只有 * 代表其他字符，且无法排除模型。请列出允许的模型，需要匹配多个时使用 *。',
  'client-key-pin-simulated': '节点“{{node}}”是模拟节点，会自行出现和消失。请把客户端密钥固定到您自己的节点。',
  'client-key-expiry-past':
    '这个时间（{{at}}）已经过去，客户端密钥会立即过期。请给出将来的时间；如果要马上停用，请禁用该密钥。',
  'client-key-simulated-fixed': '客户端密钥“{{name}}”属于模拟节点，不能更改。请创建您自己的密钥。',

  'explain-pool-and-client-key': '请只指定节点池或客户端密钥之一：客户端密钥本身就决定了它使用哪些节点池。',
  'client-key-disabled': '客户端密钥“{{name}}”已禁用：它的所有请求都会被拒绝。启用后才能再次使用。',
  'client-key-expired':
    '客户端密钥“{{name}}”已于 {{at}} 过期：它的所有请求都会被拒绝。设置更晚的过期时间后才能再次使用。',
  'client-key-model-not-allowed': '客户端密钥“{{name}}”不允许请求 {{model}}：该请求会被拒绝。允许的模型：{{models}}。',

  'not-readable-before-change': '没有做任何更改，因为现在无法读取数据库：{{failure}} 请重试。',
  'stored-not-in-force': '{{what}} 更改已保存，但尚未生效，因为无法重新读取数据库：{{failure}} 一旦可以读取就会生效。',
}
