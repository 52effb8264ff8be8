// Sentences of the daemon that a person reads, in Simplified Chinese. The compiler sees to it that none is missing.
import type { SentenceCode } from '../speak.ts'
import { controlPortSentences } from './control-port-sentences.ts'
import { controlSentences } from './control-sentences.ts'
import { demoSentences } from './demo-sentences.ts'
import { nodeTestSentences } from './node-test-sentences.ts'
import { startSentences } from './start-sentences.ts'
import { vaultSentences } from './vault-sentences.ts'

export const sentences: Readonly<Record<SentenceCode, string>> = {
  // What the control plane refuses.
  ...controlSentences,

  // The way out: proxies and certificates.
  'proxy-url-unreadable':
    '这不是代理的 URL。请写成 http://127.0.0.1:7890、https://proxy.example 或 socks5://127.0.0.1:1080 这样的形式。',
  'proxy-url-credentials': '代理 URL 中带有用户名或密码。请用 --proxy-user 给出用户名，并在提示时输入密码。',
  'proxy-url-more': '代理 URL 只能包含主机和端口。代理没有路径、查询或片段，请删除其后的内容。',
  'proxy-url-address':
    '代理 URL 指向 {{host}}，这个地址不可能是代理（链路本地、未指定、多播或元数据服务的地址）。请给出代理的地址。',
  'proxy-url-own-port': '代理 {{proxy}} 就是 Switchyard 自己（端口 {{port}}），请求会无限循环。请给出代理的地址。',
  'certificates-private-key':
    '这段文本中含有私钥（PRIVATE KEY）。这里只需要证书，其中的内容没有保存。请给出只含证书的文件，并检查这个私钥还传到过哪里。',
  'certificates-none':
    '这段文本中没有证书。请给出 PEM：从 -----BEGIN CERTIFICATE----- 到 -----END CERTIFICATE----- 的内容。',
  'certificates-unreadable':
    '这段文本中的第 {{number}} 个证书无法读取：它不完整、被改动过，或者不是 X.509 证书。请重新导出为 PEM。',
  // 保险库。
  ...vaultSentences,

  // 控制端口与登录。
  ...controlPortSentences,

  // `node test`.
  ...nodeTestSentences,

  // Starting, and the end.
  ...startSentences,
  ...demoSentences,
}
