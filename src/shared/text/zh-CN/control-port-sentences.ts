// 控制端口拒绝请求时的说明，以及登录相关的说明。
import type { controlPortSentences as english } from '../en/control-port-sentences.ts'

export const controlPortSentences: Readonly<Record<keyof typeof english, string>> = {
  'control-unauthorized':
    '控制 API 需要令牌：请发送 "Authorization: Bearer …"，内容为数据目录中 control-token 文件的内容，或会话令牌。客户端密钥不能打开它。',
  'control-method': '控制 API 接受 GET、POST、PUT、PATCH 和 DELETE。',
  'control-method-here': '此路径接受 {{methods}}。',
  'control-not-found': '这里没有任何内容：控制 API 位于 /admin/api 之下，/admin/api/openapi.json 列出了它的全部接口。',
  'control-needs-json': '进行更改的请求需要 "Content-Type: application/json"。',
  'control-bad-json': '请求体不是有效的 JSON，或者含有 "__proto__" 键。',
  'control-body-no-object': '请求体必须是一个 JSON 对象。',
  'control-too-large': '请求体超过 1 MiB。',
  'control-headers-too-large': '请求头超过 32 KiB。',
  'control-malformed': '这不是格式正确的 HTTP/1.1 请求。',
  'control-too-slow': '请求没有及时到达。',
  'control-failed': '请求在 Switchyard 内部失败：原因见其日志。',
  'sign-in-code-refused':
    '此登录码无效：它已被使用、已超过十分钟，或者是守护进程重启之前的。请用 `switchyard open` 获取新的链接。',
  'sign-out-no-session': '没有可以退出的会话：此请求携带的是控制令牌，它与守护进程同时失效。',
}
