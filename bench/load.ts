// The load: as fast as it goes over a number of connections, or a fixed number of requests a second.
import { setTimeout as delay } from 'node:timers/promises'
import { RawConnection } from './raw-connection.ts'

export type LoadTarget = { readonly port: number; readonly key: string }

export type Load = {
  readonly target: LoadTarget
  readonly answer: string
  readonly body: Buffer
}

export type LoadResult = {
  readonly requests: number
  /** Anything but a whole 200. */
  readonly failures: number
  readonly seconds: number
  readonly latenciesMs: readonly number[]
  /** CPU of the load generator itself, all of its threads. */
  readonly clientCpuMs: number
}

/** Closed loop: each connection sends its next request when its last one is answered. */
export async function saturate(
  load: Load,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<LoadResult> {
  const run = startRun()
  const deadlineMs = performance.now() + seconds * 1000
  const request = requestBytes(load)
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new RawConnection(load.target.port)
      while (performance.now() < deadlineMs) await run.measure(connection, request)
      connection.close()
    }),
  )
  return run.end()
}

/** Open loop: the next request leaves when it is due, whether the last one is answered or not. */
export async function atRate(
  load: Load,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<LoadResult> {
  const run = startRun()
  const request = requestBytes(load)
  const idle: RawConnection[] = []
  const all: RawConnection[] = []
  const running = new Set<Promise<void>>()
  const total = perSecond * seconds
  const startMs = performance.now()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * perSecond) / 1000))
    for (; sent < due; sent++) {
      const connection = idle.pop() ?? opened(load.target.port, all)
      const measured = run.measure(connection, request).then(() => {
        idle.push(connection)
        running.delete(measured)
      })
      running.add(measured)
    }
    await delay(1)
  }
  await Promise.all(running)
  for (const connection of all) connection.close()
  return run.end()
}

function opened(port: number, all: RawConnection[]): RawConnection {
  const connection = new RawConnection(port)
  all.push(connection)
  return connection
}

export function requestBytes({ target, answer, body }: Load): Buffer {
  const lines = [
    'POST /v1/messages HTTP/1.1',
    `host: 127.0.0.1:${target.port}`,
    'user-agent: bench/1',
    'accept: application/json',
    'anthropic-version: 2023-06-01',
    `authorization: Bearer ${target.key}`,
    `x-bench-answer: ${answer}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

function startRun() {
  const latenciesMs: number[] = []
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  let failures = 0
  return {
    measure: async (connection: RawConnection, request: Buffer): Promise<void> => {
      const sentMs = performance.now()
      const answer = await connection.send(request)
      latenciesMs.push(performance.now() - sentMs)
      if (answer.status !== 200 || !answer.complete) failures++
    },
    end: (): LoadResult => {
      const used = process.cpuUsage(startCpu)
      return {
        requests: latenciesMs.length,
        failures,
        seconds: (performance.now() - startMs) / 1000,
        latenciesMs,
        clientCpuMs: (used.user + used.system) / 1000,
      }
    },
  }
}
