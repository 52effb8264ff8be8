// `serve`: runs the daemon until it is stopped.
import { finished } from 'node:stream/promises'
import type { Command } from 'commander'
import type { DemoMode, Host } from '../../host/host.ts'
import { usageError } from '../cli-error.ts'
import { controlPortFailure } from '../control-port-failure.ts'
import type { HttpBridge } from '../http-bridge.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { createLogFile, logPath } from '../log-file.ts'
import { portNumber } from '../option-parsers.ts'
import { readyLines } from '../ready-text.ts'
import { takeServePassphrase } from '../serve-passphrase.ts'
import { startHost, stopHost } from '../start-host.ts'

const DEFAULT_PROXY_PORT = 4780
const DEFAULT_CONTROL_PORT = 4781

export function serveCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'serve',
    summary: shell.text.say('serve.summary'),
    examples: ['serve', 'serve --port 0 --control-port 0 --data-dir ./data --json'],
    configure: (command) =>
      command
        .option('--port <n>', shell.text.say('serve.port'), portNumber('--port'), DEFAULT_PROXY_PORT)
        .option(
          '--control-port <n>',
          shell.text.say('serve.control-port'),
          portNumber('--control-port'),
          DEFAULT_CONTROL_PORT,
        )
        .option('--vault-passphrase-file <file>', shell.text.say('serve.vault-passphrase-file'))
        .option('--demo', shell.text.say('serve.demo'))
        .option('--demo-if-empty', shell.text.say('serve.demo-if-empty')),
    run,
  })
}

async function run(call: Call): Promise<void> {
  const proxyPort = call.options.number('port') ?? DEFAULT_PROXY_PORT
  const controlPort = call.options.number('controlPort') ?? DEFAULT_CONTROL_PORT
  if (proxyPort === controlPort && proxyPort !== 0) {
    throw usageError('serve.same-ports', { port: proxyPort })
  }
  const vaultPassphrase = await takeServePassphrase(call)
  const log = createLogFile(logPath(call.dataDirectory), call)
  try {
    let bridge: HttpBridge | null = null
    const host = await startHost({
      dataDirectory: call.dataDirectory,
      proxyPort,
      demo: demoMode(call),
      environment: call.io.environment,
      vaultPassphrase,
      logDestination: log,
      controlPort: () => bridge?.port ?? null,
    })
    const opened = new AsyncDisposableStack()
    // Released in reverse: signals count to the end, and a host that fails to stop must not keep the control port, which
    // would keep the process.
    opened.defer(stopOnSignal(call, host))
    opened.defer(async () => bridge?.close())
    opened.defer(() => stopHost(host))
    try {
      bridge = await openBridge(call, host, controlPort)
      await host.announce()
      announceReady(call, host, bridge)
      await host.stopRequested
      announceStop(call, host)
    } finally {
      await opened.disposeAsync()
    }
    if (!call.isJson) call.line(call.text.say('stop.stopped'))
  } finally {
    log.end()
    await finished(log)
  }
}

function demoMode(call: Call): DemoMode {
  if (call.options.flag('demo') === true) return 'always'
  return call.options.flag('demoIfEmpty') === true ? 'if-empty' : 'off'
}

/** One Ctrl-C arrives twice under npm: from the terminal, and passed on by npm a moment later. */
const SAME_SIGNAL_MS = 300

/** The first signal drains, the second ends at once. */
function stopOnSignal(call: Call, host: Host): () => void {
  let firstAtMs: number | null = null
  return call.io.onStopSignal(() => {
    if (firstAtMs === null) {
      firstAtMs = call.io.nowMs()
      host.requestStop()
    } else if (call.io.nowMs() - firstAtMs > SAME_SIGNAL_MS) {
      call.io.exitNow(1)
    }
  })
}

async function openBridge(call: Call, host: Host, port: number): Promise<HttpBridge> {
  // Loaded here, so that the commands that only ask a daemon do not load a server.
  const { openHttpBridge } = await import('../http-bridge.ts')
  try {
    return await openHttpBridge({
      router: host.router,
      status: host.status,
      token: host.controlToken,
      port,
      onError: (error) => {
        const reason = error instanceof Error ? error.message : String(error)
        call.io.stderr(`switchyard: ${call.text.say('serve.control-port-error', { reason })}\n`)
      },
    })
  } catch (error) {
    throw await controlPortFailure(error, port)
  }
}

function announceReady(call: Call, host: Host, bridge: HttpBridge): void {
  const status = host.status()
  if (call.isJson) {
    return call.json({
      event: 'ready',
      proxy: `http://127.0.0.1:${host.proxyPort}`,
      control: bridge.url,
      pid: call.io.pid,
    })
  }
  for (const line of readyLines({ status, demoKey: host.demoKey?.key ?? null, command: call.command, text: call.text }))
    call.line(line)
}

// Up to ten silent seconds would look like a hang.
function announceStop(call: Call, host: Host): void {
  if (call.isJson) return
  const { inFlight } = host.status()
  const { say } = call.text
  call.line(`\n${inFlight === 0 ? say('serve.stopping-idle') : say('serve.stopping', { count: inFlight })}`)
}
