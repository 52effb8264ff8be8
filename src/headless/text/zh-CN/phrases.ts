// The fixed phrases of the engine in Simplified Chinese. What a provider said itself is never translated.
import type { Phrases } from '../phrases.ts'

export const phrases: Phrases = {
  // Why this node (engine/balancing/order-candidates.ts, select-node.ts).
  'first in order': '顺序在最前',
  'the only candidate': '唯一的候选',
  'its pool comes first': '它的节点池在前',
  "the client key's pinned node": '客户端密钥固定的节点',
  'the other does not answer its connect': '另一个节点没有应答连接',
  "another failed this session's last request": '另一个节点在该会话的上一个请求中失败',
  'the pools before it have no node for it': '前面的节点池没有可用的节点',
  'the breakers before it are open': '排在前面的节点熔断器已断开',
  'the only candidate, though its breaker is open': '唯一的候选，尽管它的熔断器已断开',
  'all breakers are open and it is due next': '所有熔断器都已断开，它最先恢复',

  // Why not (engine/balancing/candidacy.ts, engine/routing/explain.ts).
  'would be chosen: {{why}}': '会被选中：{{why}}',
  'eligible, comes later in the order': '可用，但顺序靠后',
  'its circuit breaker is open': '它的熔断器已断开',
  'its circuit breaker is half-open and its probe is under way': '它的熔断器处于半开状态，探测正在进行',
  'the client key may use only its pinned node, and that was removed': '客户端密钥只能使用固定的节点，而该节点已被移除',
  'the client key may use only {{node}}': '客户端密钥只能使用 {{node}}',
  'it is disabled': '已停用',
  'it speaks another protocol': '使用另一种协议',
  'it is isolated': '已隔离',
  'it does not have the model': '没有该模型',
  'it said it does not have the model': '它表示没有该模型',
  'its key was refused': '密钥被拒绝',
  'its account is out of funds': '账户余额不足',
  'it was tried': '已尝试过',
  'it has the origin of a node that refused the request': '与拒绝该请求的节点同源',
  'it cools down': '冷却中',
  'its key is throttled': '密钥被限流',
  'none of its keys can be used: they are disabled, or the vault cannot open them':
    '没有可用的密钥：都已停用，或保险库打不开它们',
  'it has as many requests as it may': '同时请求数已达上限',

  // How a try ended (engine/classify/end-message.ts, engine/attempts/note-attempt.ts).
  'its connect was unanswered and another node connected first': '它的连接没有应答，另一个节点先连上了',
  'its connection was not ready and another node connected first': '它的连接尚未就绪，另一个节点先连上了',
  'nothing came in time': '在限定时间内没有任何内容',
  'it fell silent': '中途没有了动静',
  'the answer was not complete in time': '回答没有在限定时间内完成',
  'the time for all tries together ran out': '所有尝试的总时间已用完',
  'the connection broke before it answered ({{code}})': '应答之前连接断开（{{code}}）',
  'the connection broke before any content ({{code}})': '出现内容之前连接断开（{{code}}）',
  'the connection broke in the middle of the answer ({{code}})': '回答中途连接断开（{{code}}）',
  'no connection within {{seconds}} s': '{{seconds}} 秒内没有连上',
  'no connection within {{seconds}} s, through the proxy {{proxy}}': '通过代理 {{proxy}} 在 {{seconds}} 秒内没有连上',
  "refused by Switchyard's address check: {{detail}}": '被 Switchyard 的地址检查拒绝：{{detail}}',
  'could not connect: {{detail}}': '无法连接：{{detail}}',
  'could not connect ({{code}}): {{detail}}': '无法连接（{{code}}）：{{detail}}',
  'the proxy {{proxy}} refused the connection': '代理 {{proxy}} 拒绝了连接',
  'the proxy {{proxy}} closed the connection': '代理 {{proxy}} 关闭了连接',
  'the proxy {{proxy}} closed the connection before it answered': '代理 {{proxy}} 在应答之前关闭了连接',
  'the proxy {{proxy}} has a host name that nobody knows': '找不到代理 {{proxy}} 的主机名',
  'answered 200 with an HTML page': '以 200 返回了 HTML 页面',
  'answered 200 with an empty body': '以 200 返回了空的内容',
  'answered 200 with a stream that cannot be read': '以 200 返回了无法读取的流',
  'answered 200 with a body that cannot be read': '以 200 返回了无法读取的内容',
  'answered 200 and ended before its final event': '以 200 应答，但在最后的事件之前结束',
  'answered 200 with an error that has no name': '以 200 返回了没有名称的错误',
  'answered 200 with the error {{words}}': '以 200 返回了错误 {{words}}',
  'answered {{status}} with an HTML page': '返回了 {{status}} 和 HTML 页面',
  'answered {{status}} with an HTML page, as a firewall in front of it does':
    '返回了 {{status}} 和 HTML 页面，像是它前面的防火墙',
  'answered {{status}}; redirects are never followed': '返回了 {{status}}；从不跟随重定向',
  'answered {{status}} to {{place}}; redirects are never followed': '返回了 {{status}}，指向 {{place}}；从不跟随重定向',
  'answered {{status}}': '返回了 {{status}}',
  'answered {{status}} {{words}}': '返回了 {{status}} {{words}}',

  // What a setting takes (shared/settings/settings.ts).
  'the URL of a proxy, such as http://127.0.0.1:7890 or socks5://127.0.0.1:1080, without a user name or password':
    '代理的 URL，例如 http://127.0.0.1:7890 或 socks5://127.0.0.1:1080，不带用户名和密码',
  'a user name of at most 255 characters on one line': '不超过 255 个字符、单行的用户名',
}
