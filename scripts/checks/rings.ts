// The rings of docs/architecture.md as data: what each may import, and by which doors the others come in.

export type Ring = {
  /** Other rings this one may import. */
  readonly rings: readonly RingName[]
  /** Packages it may import; a name stands for its sub-paths too. */
  readonly packages: readonly string[]
  /** May it import Node's own modules? */
  readonly node: boolean
  /**
   * The only files that other rings may import, relative to the ring; null: all of them.
   * A door is a promise: files behind it can change without anybody asking who uses them.
   */
  readonly doors: readonly string[] | null
}
export type RingName = 'shared' | 'engine' | 'storage' | 'host' | 'main' | 'headless' | 'preload' | 'renderer'

// zod stands wherever something is parsed at a border (style §7): worker messages and rows, control requests, answers.
// Not in the engine: what passes through it is looked at, never parsed as a whole.
export const rings: Readonly<Record<RingName, Ring>> = {
  shared: { rings: [], packages: ['zod', '@orpc/contract'], node: false, doors: null },
  engine: {
    rings: ['shared'],
    // eventsource-parser: only in the tap, which reads a copy of what passes.
    // socks: the handshake with a SOCKS5 proxy, on a socket of ours; undici's own proxy agents bring pools of their own.
    packages: ['undici', 'eventsource-parser', 'socks'],
    node: true,
    // upstream/base-url.ts: the control plane refuses a bad base URL by the very rule the engine connects by.
    // proxy-url.ts, certificates.ts: the same for proxies and certificates.
    doors: [
      'engine.ts',
      'engine-door.ts',
      'ports.ts',
      'events.ts',
      'upstream/base-url.ts',
      'upstream/proxy-url.ts',
      'upstream/certificates.ts',
    ],
  },
  storage: {
    rings: ['shared'],
    packages: ['better-sqlite3', 'kysely', 'zod'],
    node: true,
    // private-file.ts: every file that only its owner may read is made by this one function.
    doors: [
      'storage.ts',
      'open-storage.ts',
      'data-directory.ts',
      'daemon-lock.ts',
      'private-file.ts',
      'secrets/vault.ts',
    ],
  },
  host: {
    rings: ['shared', 'engine', 'storage'],
    packages: ['pino', '@orpc/server', '@orpc/openapi', 'zod'],
    node: true,
    // daemon-file.ts: how a command finds the daemon. describe-port-owner.ts: a shell binds the control port, the host the proxy's.
    // run-demo.ts: the scenario behind the demo command.
    doors: ['create-host.ts', 'host.ts', 'host-error.ts', 'daemon-file.ts', 'describe-port-owner.ts', 'run-demo.ts'],
  },
  main: { rings: ['host', 'storage', 'shared'], packages: ['electron'], node: true, doors: [] },
  headless: {
    rings: ['host', 'storage', 'shared'],
    packages: [
      'commander',
      'eventsource-parser',
      'i18next',
      '@orpc/client',
      '@orpc/contract',
      '@orpc/openapi-client',
      '@orpc/openapi',
      '@orpc/server',
      // Only in openapi.ts, which is loaded when somebody asks for the document.
      '@orpc/zod',
      'zod',
    ],
    node: true,
    doors: [],
  },
  preload: { rings: [], packages: ['electron'], node: false, doors: [] },
  // Its packages are named here when the face arrives.
  renderer: { rings: ['shared'], packages: [], node: false, doors: [] },
}

export function isRingName(name: string): name is RingName {
  return Object.hasOwn(rings, name)
}
