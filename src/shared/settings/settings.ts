// Every setting there is, with its default and the reason for it (policies.md). Resolution is in resolve.ts.
import { globalProxyModeSchema } from '../model/outbound-proxy.ts'
import { boolean, choice, number, type Setting, statuses, text, type ValueOf } from './define.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const MIB = 1024 * 1024

export const settingDefinitions = {
  // Timers (policies §1)
  connectTimeoutMs: number({
    default: 5 * SECOND,
    min: SECOND,
    max: 30 * SECOND,
    env: 'SWITCHYARD_CONNECT_TIMEOUT_MS',
    text: 'Longest wait for TCP and TLS with a node.',
  }),
  secondConnectAfterMs: number({
    default: SECOND,
    min: 100,
    max: 30 * SECOND,
    env: 'SWITCHYARD_SECOND_CONNECT_AFTER_MS',
    text: 'An unanswered connect of this age starts a connect to the next node; a connection costs no tokens.',
  }),
  addressAttemptTimeoutMs: number({
    default: 2500,
    min: 250,
    max: 30 * SECOND,
    env: 'SWITCHYARD_ADDRESS_ATTEMPT_TIMEOUT_MS',
    text: 'Time for each address of a host that has several.',
  }),
  firstEventTimeoutMs: number({
    default: 60 * SECOND,
    min: 5 * SECOND,
    max: 300 * SECOND,
    env: 'SWITCHYARD_FIRST_EVENT_TIMEOUT_MS',
    text: 'Longest wait for headers and any event but a ping while another node is eligible.',
  }),
  lastNodeFirstEventTimeoutMs: number({
    default: 120 * SECOND,
    min: 5 * SECOND,
    max: 300 * SECOND,
    env: 'RETRY_PER_REQUEST_TIMEOUT_SEC',
    envScale: SECOND,
    text: 'The same on the last eligible node.',
  }),
  silenceTimeoutMs: number({
    default: 240 * SECOND,
    min: 30 * SECOND,
    max: 600 * SECOND,
    env: 'SWITCHYARD_SILENCE_TIMEOUT_MS',
    text: 'Longest silence after the first event.',
  }),
  livingSilenceTimeoutMs: number({
    default: 600 * SECOND,
    min: 30 * SECOND,
    max: 600 * SECOND,
    env: 'SWITCHYARD_LIVING_SILENCE_TIMEOUT_MS',
    text: "The same while an open thinking block or the node's own pings show life.",
  }),
  wholeAnswerTimeoutMs: number({
    default: 600 * SECOND,
    min: 60 * SECOND,
    max: 1800 * SECOND,
    env: 'SWITCHYARD_WHOLE_ANSWER_TIMEOUT_MS',
    text: 'Longest wait for a whole non-streaming answer.',
  }),
  beforeContentTotalMs: number({
    default: 200 * SECOND,
    min: 30 * SECOND,
    max: 290 * SECOND,
    env: 'SWITCHYARD_BEFORE_CONTENT_TOTAL_MS',
    text: 'Total time, over all attempts, before a client has received anything; clients give up at 300 to 360 s.',
  }),
  pingIntervalMs: number({
    default: 12 * SECOND,
    min: 5 * SECOND,
    max: 30 * SECOND,
    env: 'SWITCHYARD_PING_INTERVAL_MS',
    text: 'Silence after which a streaming client gets a ping of ours; Claude Code warns at 20 s.',
  }),
  clientKeepAliveMs: number({
    default: 600 * SECOND,
    min: 5 * SECOND,
    max: 3600 * SECOND,
    env: 'SWITCHYARD_CLIENT_KEEP_ALIVE_MS',
    text: 'How long an idle client connection is kept.',
  }),
  clientHeadersTimeoutMs: number({
    default: 15 * SECOND,
    min: SECOND,
    max: 120 * SECOND,
    env: 'SWITCHYARD_CLIENT_HEADERS_TIMEOUT_MS',
    text: "Longest wait for a client's request headers.",
  }),
  clientBodyIdleMs: number({
    default: 30 * SECOND,
    min: SECOND,
    max: 300 * SECOND,
    env: 'SWITCHYARD_CLIENT_BODY_IDLE_MS',
    text: "Longest pause inside a client's request body.",
  }),
  countTokensTimeoutMs: number({
    default: 5 * SECOND,
    min: 500,
    max: 30 * SECOND,
    env: 'SWITCHYARD_COUNT_TOKENS_TIMEOUT_MS',
    text: 'Longest wait for a node to count tokens before the local estimate answers.',
  }),
  nodeTestTimeoutMs: number({
    default: 15 * SECOND,
    min: SECOND,
    max: 120 * SECOND,
    env: 'SWITCHYARD_NODE_TEST_TIMEOUT_MS',
    text: "Longest wait for a node's list of models when it is tested. Its one token may take as long as a first event.",
  }),
  drainTimeoutMs: number({
    default: 10 * SECOND,
    min: 0,
    max: 600 * SECOND,
    env: 'SWITCHYARD_DRAIN_TIMEOUT_MS',
    text: 'How long running requests may go on when Switchyard stops.',
  }),

  // Attempts (policies §2)
  maxNodesPerExchange: number({
    default: 8,
    min: 1,
    max: 32,
    env: 'SWITCHYARD_MAX_NODES_PER_EXCHANGE',
    text: 'Most nodes one exchange tries.',
  }),
  retryMaxAttempts: number({
    default: 3,
    min: 1,
    max: 8,
    env: 'RETRY_MAX_ATTEMPTS',
    text: 'Tries that may have cost money or long time: began to answer with 200, were reset after sending, or ran into a timer. 1 means no failover after such a try.',
  }),
  retryBackoffMinMs: number({
    default: 10,
    min: 0,
    max: 10 * SECOND,
    env: 'RETRY_BACKOFF_MIN_MS',
    text: 'First back-off before the same node or the second round.',
  }),
  retryBackoffMaxMs: number({
    default: 100,
    min: 0,
    max: 60 * SECOND,
    env: 'RETRY_BACKOFF_MAX_MS',
    text: 'Cap of the back-off.',
  }),
  retryOnStatus: statuses({
    default: [],
    env: 'RETRY_ON_STATUS',
    text: 'Statuses that count as a server error beside the built-in ones; it adds, it never removes.',
  }),
  retryBudgetPercent: number({
    default: 20,
    min: 0,
    max: 100,
    env: 'SWITCHYARD_RETRY_BUDGET_PERCENT',
    text: 'Retries on the same node and second rounds, as a share of the requests in flight.',
  }),
  retryBudgetFloor: number({
    default: 3,
    min: 0,
    max: 1000,
    env: 'SWITCHYARD_RETRY_BUDGET_FLOOR',
    text: 'Retries at once that are always allowed.',
  }),
  staleSocketWindowMs: number({
    default: SECOND,
    min: 0,
    max: 10 * SECOND,
    env: 'SWITCHYARD_STALE_SOCKET_WINDOW_MS',
    text: 'A reused socket that breaks this soon after writing, without an answer byte, was stale: one silent retry.',
  }),
  waitForRetryAfterMs: number({
    default: 2 * SECOND,
    min: 0,
    max: 30 * SECOND,
    env: 'SWITCHYARD_WAIT_FOR_RETRY_AFTER_MS',
    text: "A node's Retry-After up to this is waited for when no other node is eligible.",
  }),
  blockOpenCommitMs: number({
    default: 10 * SECOND,
    min: SECOND,
    max: 60 * SECOND,
    env: 'SWITCHYARD_BLOCK_OPEN_COMMIT_MS',
    text: 'A stream is committed this long after the node opened any block, content or not.',
  }),
  heldEventsMax: number({
    default: 64,
    min: 1,
    max: 4096,
    env: 'SWITCHYARD_HELD_EVENTS_MAX',
    text: 'Events held before the commit.',
  }),
  heldBytesMax: number({
    default: MIB,
    min: 16 * 1024,
    max: 16 * MIB,
    env: 'SWITCHYARD_HELD_BYTES_MAX',
    text: 'Bytes of a stream held before the commit.',
  }),
  bufferedAnswerBytesMax: number({
    default: 8 * MIB,
    min: 64 * 1024,
    max: 64 * MIB,
    env: 'SWITCHYARD_BUFFERED_ANSWER_BYTES_MAX',
    text: 'Bytes of a non-streaming answer held before the commit.',
  }),
  failedNodeMemoryMs: number({
    default: 5 * MINUTE,
    min: 0,
    max: 60 * MINUTE,
    env: 'SWITCHYARD_FAILED_NODE_MEMORY_MS',
    text: "How long a session ranks last the nodes that failed its last exchange (no header marks a client's retry).",
  }),

  // Error classes (policies §3)
  retryAfterCapMs: number({
    default: 60 * MINUTE,
    min: SECOND,
    max: 24 * 60 * MINUTE,
    env: 'SWITCHYARD_RETRY_AFTER_CAP_MS',
    text: 'Longest Retry-After of a node that is believed.',
  }),
  overloadCooldownMs: number({
    default: 10 * SECOND,
    min: 0,
    max: 300 * SECOND,
    env: 'SWITCHYARD_OVERLOAD_COOLDOWN_MS',
    text: 'Cooldown of a node that says it is overloaded.',
  }),
  throttleCooldownMs: number({
    default: 30 * SECOND,
    min: SECOND,
    max: 300 * SECOND,
    env: 'SWITCHYARD_THROTTLE_COOLDOWN_MS',
    text: 'Cooldown of a throttled node that names no time; doubles each time.',
  }),
  throttleCooldownMaxMs: number({
    default: 5 * MINUTE,
    min: SECOND,
    max: 60 * MINUTE,
    env: 'SWITCHYARD_THROTTLE_COOLDOWN_MAX_MS',
    text: 'Cap of that doubling.',
  }),
  parkMs: number({
    default: 60 * MINUTE,
    min: MINUTE,
    max: 24 * 60 * MINUTE,
    env: 'SWITCHYARD_PARK_MS',
    text: 'How long a node that is out of funds is parked before one request tries it again.',
  }),
  keyAsideMs: number({
    default: 30 * MINUTE,
    min: MINUTE,
    max: 24 * 60 * MINUTE,
    env: 'SWITCHYARD_KEY_ASIDE_MS',
    text: 'How long a refused node key is set aside.',
  }),
  modelGapMs: number({
    default: 10 * MINUTE,
    min: MINUTE,
    max: 24 * 60 * MINUTE,
    env: 'SWITCHYARD_MODEL_GAP_MS',
    text: 'How long a node is remembered not to have a model.',
  }),

  // Breaker (policies §4)
  breakerWindowMs: number({
    default: 60 * SECOND,
    min: SECOND,
    max: 3600 * SECOND,
    env: 'CB_WINDOW_SECONDS',
    envScale: SECOND,
    text: 'Window of the failure rate, in 12 buckets.',
  }),
  breakerMinRequests: number({
    default: 20,
    min: 1,
    max: 10_000,
    env: 'CB_MIN_REQUESTS',
    text: 'Fewest requests in the window for the failure rate to count.',
  }),
  breakerFailureRatio: number({
    default: 0.5,
    min: 0.01,
    max: 1,
    fraction: true,
    env: 'CB_FAILURE_RATE',
    text: 'Failure rate that opens the breaker, 0 to 1.',
  }),
  breakerConsecutiveFailures: number({
    default: 5,
    min: 1,
    max: 10_000,
    env: 'CB_CONSECUTIVE_FAILS',
    text: 'Failures in a row that open the breaker.',
  }),
  breakerCooldownMs: number({
    default: 30 * SECOND,
    min: SECOND,
    max: 300 * SECOND,
    env: 'CB_COOLDOWN_SECONDS',
    envScale: SECOND,
    text: 'How long an opened breaker stays open; doubles at each re-opening.',
  }),
  breakerCooldownMaxMs: number({
    default: 300 * SECOND,
    min: SECOND,
    max: 3600 * SECOND,
    env: 'SWITCHYARD_CB_COOLDOWN_MAX_MS',
    text: 'Cap of that doubling.',
  }),
  breakerForgetReopeningsMs: number({
    default: 10 * MINUTE,
    min: MINUTE,
    max: 24 * 60 * MINUTE,
    env: 'SWITCHYARD_CB_FORGET_MS',
    text: 'Time closed after which the doubling is forgotten.',
  }),
  breakerHalfOpenProbes: number({
    default: 3,
    min: 1,
    max: 100,
    env: 'CB_HALFOPEN_PROBES',
    text: 'Successful probes, one at a time, that close a half-open breaker.',
  }),
  breakerRestoreClampMs: number({
    default: 60 * SECOND,
    min: 0,
    max: 300 * SECOND,
    env: 'SWITCHYARD_CB_RESTORE_CLAMP_MS',
    text: 'Longest rest of a cooldown that survives a restart.',
  }),

  // Registry and records
  memoryCacheEnabled: boolean({
    default: true,
    env: 'MEMORY_CACHE_ENABLED',
    text: 'Choose nodes from memory; off asks the database for every request.',
  }),
  registrySyncMs: number({
    default: 60 * SECOND,
    min: SECOND,
    max: 3600 * SECOND,
    env: 'SYNC_FREQUENCY',
    envScale: SECOND,
    text: 'How often the registry re-reads the database; changes made through Switchyard count at once.',
  }),
  batchUpdateEnabled: boolean({
    default: true,
    env: 'BATCH_UPDATE_ENABLED',
    text: 'Write records in groups; off commits each one by itself.',
  }),
  batchUpdateIntervalMs: number({
    default: 250,
    min: 10,
    max: 60 * SECOND,
    env: 'BATCH_UPDATE_INTERVAL',
    envScale: SECOND,
    text: 'Longest wait of a record for its group (or 200 records).',
  }),
  debug: boolean({ default: false, env: 'DEBUG', text: 'Log at level debug.' }),

  // The way out
  globalProxyMode: choice({
    default: 'system',
    choices: globalProxyModeSchema.options,
    env: 'SWITCHYARD_PROXY_MODE',
    text: "Where the proxy of nodes that have none of their own comes from: the system's settings, the environment (HTTPS_PROXY and its kin), `globalProxyUrl` (custom), or none. Loopback is always reached straight.",
  }),
  globalProxyUrl: text({
    maxCharacters: 2048,
    // Userinfo, path, query and fragment are refused by parseProxyUrl too; here so that none ever lies in a settings table.
    pattern: /^(?:https?|socks5h?):\/\/[^\s/\\@?#]+\/?$/i,
    form: 'the URL of a proxy, such as http://127.0.0.1:7890 or socks5://127.0.0.1:1080, without a user name or password',
    env: 'SWITCHYARD_PROXY_URL',
    text: 'The proxy of the mode `custom`: `http://`, `https://`, `socks5://` or `socks5h://` with host and port.',
  }),
  globalProxyUser: text({
    maxCharacters: 255,
    form: 'a user name of at most 255 characters on one line',
    env: 'SWITCHYARD_PROXY_USER',
    text: 'The user name at that proxy. Its password is sealed in the vault and never a setting.',
  }),

  // Limits (security)
  bodyBytesMax: number({
    default: 64 * MIB,
    min: MIB,
    max: 512 * MIB,
    env: 'SWITCHYARD_BODY_BYTES_MAX',
    text: 'Largest request body.',
  }),
  bufferedBytesMax: number({
    default: 1024 * MIB,
    min: 64 * MIB,
    max: 16 * 1024 * MIB,
    env: 'SWITCHYARD_BUFFERED_BYTES_MAX',
    text: 'All buffered request bodies together; beyond it requests get 503.',
  }),
  socketsMax: number({
    default: 4096,
    min: 16,
    max: 65_536,
    env: 'SWITCHYARD_SOCKETS_MAX',
    text: 'Most client connections at once.',
  }),
} as const satisfies Readonly<Record<string, Setting>>

export type SettingName = keyof typeof settingDefinitions
export type Settings = {
  readonly [K in SettingName]: ValueOf<(typeof settingDefinitions)[K]>
}
