// What `node test` says, in Simplified Chinese. A part of sentences.ts.
import type { nodeTestSentences as english } from '../en/node-test-sentences.ts'

export const nodeTestSentences: Readonly<Record<keyof typeof english, string>> = {
  // Connecting.
  'node-test-connected': '已连接，用时 {{milliseconds}} 毫秒。',
  'node-test-connected-through': '已通过代理 {{proxy}} 连接，用时 {{milliseconds}} 毫秒。',
  'node-test-nothing-listens': '{{place}} 上没有服务在监听。请启动该服务，或更正基础 URL。',
  'node-test-unknown-host': '未知主机：查不到 {{host}} 的地址。请更正基础 URL。',
  'node-test-no-resolver': '现在无法解析名称 {{host}}（{{code}}）。请检查本机网络。',
  'node-test-no-route': '无法到达 {{place}}（{{code}}）。请检查本机网络和该地址。',
  'node-test-certificate-untrusted':
    'TLS：{{host}} 的证书不受信任（{{code}}）。如果这是您自己的证书，请为节点设置对应的 CA。',
  'node-test-certificate-dates':
    'TLS：{{host}} 的证书已过期或尚未生效（{{code}}）。需要在服务器上更新证书；也请检查本机时间。',
  'node-test-certificate-name': 'TLS：服务器出示的证书不属于 {{host}}。请更正基础 URL 中的主机名。',
  'node-test-tls-failed': '与 {{place}} 的 TLS 握手失败（{{code}}）。如果它使用明文 HTTP，请在基础 URL 中写 http://。',
  'node-test-address-refused': '该地址被拒绝，节点不可能位于此处：{{detail}}。',
  'node-test-way-failed': '无法通往 {{place}}：{{detail}}。',
  'node-test-connect-timeout': '{{seconds}} 秒内未能连接到 {{place}}。请检查地址以及沿途的防火墙。',
  'node-test-connect-timeout-through': '{{seconds}} 秒内未能通过代理 {{proxy}} 连接到 {{place}}。请检查代理和地址。',
  'node-test-connect-broken': '与 {{place}} 的连接在建立过程中被关闭（{{code}}）。请检查地址和端口。',
  'node-test-connect-failed': '无法连接到 {{place}}（{{code}}）：{{detail}}。',

  // Before anything is asked.
  'node-test-no-usable-key': '节点有密钥，但都不能使用：已被停用，或保险库无法打开。请启用一个密钥，或解锁保险库。',
  'node-test-not-connected': '未测试：没有连接。',
  'node-test-no-key-to-try': '未测试：没有可用的密钥。',
  'node-test-no-model': '未测试：节点既没有映射也没有列出任何模型。请用 --model 指定一个。',

  // Answers.
  'node-test-models': '{{key}}列出的模型数：{{count}}。',
  'node-test-no-list': '{{key}}可以访问，但不提供模型列表（{{status}}）。',
  'node-test-no-list-page': '{{key}}可以访问，但返回了 {{status}} 网页而不是模型列表：基础 URL 可能有误。',
  'node-test-not-a-list': '{{key}}可以访问，但返回的内容（{{status}}）不是模型列表。',
  'node-test-content': '{{key}}{{model}} 有回应：{{milliseconds}} 毫秒后收到首个内容。',
  'node-test-key-refused': '{{key}}密钥被拒绝（{{status}}）{{detail}}。请换成服务商认可的密钥。',
  'node-test-key-wanted': '节点需要密钥（{{status}}）{{detail}}。请为节点添加一个密钥。',
  'node-test-out-of-funds': '{{key}}账户余额不足（{{status}}）{{detail}}。请充值，或使用其他账户的密钥。',
  'node-test-throttled': '{{key}}节点要求暂时停止请求（{{status}}）{{detail}}。密钥本身已被接受。',
  'node-test-overloaded': '{{key}}节点过载（{{status}}）{{detail}}。请稍后再试。',
  'node-test-firewall': '{{key}}请求被节点前的防火墙或地区限制拒绝（{{status}}）{{detail}}。',
  'node-test-web-page': '{{key}}节点返回了 {{status}} 网页：基础 URL 很可能有误。',
  'node-test-redirect':
    '{{key}}节点返回 {{status}} 并指向 {{location}}。Switchyard 从不跟随重定向：请在基础 URL 中填写正确的地址。',
  'node-test-server-error': '{{key}}节点自身出错（{{status}}）{{detail}}。请稍后再试。',
  'node-test-request-refused': '{{key}}节点拒绝了请求（{{status}}）{{detail}}。',
  'node-test-wrong-path': '{{key}}节点不认识 {{path}}（{{status}}）{{detail}}：基础 URL 或协议很可能有误。',
  'node-test-model-gap': '{{key}}节点不提供模型 {{model}}（{{status}}）{{detail}}。',
  'node-test-model-gap-listed': '{{key}}节点不提供模型 {{model}}。它列出的模型有：{{models}}。',
  'node-test-silent': '{{key}}节点在 {{seconds}} 秒内没有任何回应。',
  'node-test-broken': '{{key}}连接在收到回应之前中断（{{code}}）。',
  'node-test-empty': '{{key}}节点返回 {{status}}，但内容为空。',
  'node-test-error-in-answer': '{{key}}节点返回 {{status}}，但其中是一个错误{{detail}}。',
  'node-test-not-a-stream': '{{key}}节点返回 {{status}}，但不是该协议的流式回应。',
  'node-test-no-content': '{{key}}流在出现任何内容之前就结束了。',

  // All in all.
  'node-test-works': '节点工作正常。',
  'node-test-answers': '节点有回应，密钥有效。',
  'node-test-answers-all': '节点有回应，所有密钥均有效。',
  'node-test-answers-keyless': '节点有回应。它没有密钥，测试时未使用密钥。',
  'node-test-reachable': '节点可以访问，但尚不能确定它会接受请求：请用 --generate 让它生成一个 token。',
  'node-test-some-keys': '节点有回应，但并非所有密钥都有效。请检查：{{labels}}。',
}
