// What `demo` says while it runs, in Simplified Chinese. A part of sentences.ts.
import type { demoSentences as english } from '../en/demo-sentences.ts'

export const demoSentences: Readonly<Record<keyof typeof english, string>> = {
  'demo-nodes': '{{url}} 后面有两个模拟节点，每秒 {{rate}} 个请求。',
  'demo-killed': '          {{node}} 被终止：连接断开，新的连接被拒绝。',
  'demo-revived': '          {{node}} 恢复了；几次探测之后，熔断器会重新让它接收请求。',
  'demo-second': '第 {{second}} 秒  由 {{answers}} 应答 · 客户端至今看到的失败 {{failed}} 次',
  'demo-second-moved':
    '第 {{second}} 秒  由 {{answers}} 应答 · {{moved}} 个在请求内转移 · 客户端至今看到的失败 {{failed}} 次',
  'demo-second-nobody': '第 {{second}} 秒  无节点应答 · 客户端至今看到的失败 {{failed}} 次',
  'demo-resent': '说出开头之后被切断、由工具自己重发的回答：{{resent}}',
  'demo-figures': '{{requests}} 个请求 · 客户端看到的失败 {{failures}} 次 · 失败的尝试 {{failedAttempts}} 次',
  'demo-figures-latency':
    '{{requests}} 个请求 · 客户端看到的失败 {{failures}} 次 · 失败的尝试 {{failedAttempts}} 次 · 一次故障转移增加的延迟 p50 {{p50Ms}} 毫秒，p99 {{p99Ms}} 毫秒',
}
