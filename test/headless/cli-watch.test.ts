// `--watch`: what is on the screen follows the daemon, and the terminal is given back as it was.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createCondition } from '../harness/condition.ts'
import { nodeView } from './bridge-router.ts'
import { type CliWorld, type RunningCli, startTestDaemon, type TestDaemon } from './cli-harness.ts'

const HIDE = '\u001b[?25l'
const SHOW = '\u001b[?25h'
const HOME = '\u001b[H'

let daemon: TestDaemon
beforeEach(async () => {
  daemon = await startTestDaemon()
  daemon.nodes.push(nodeView({ name: 'relay-a' }))
})
afterEach(async () => {
  await daemon.close()
})

type Watching = RunningCli & { readonly until: (text: string, from?: number) => Promise<number> }

function watch(args: readonly string[], world: CliWorld = {}): Watching {
  const printed = createCondition()
  const running = daemon.start(args, { ...world, onOutput: printed.poke })
  return {
    ...running,
    /** Where the text begins, at or behind `from`. */
    until: (text, from = 0) =>
      printed.until(
        () => {
          const at = running.stdout().indexOf(text, from)
          return at === -1 ? undefined : at
        },
        () => `${text} in ${running.stdout().slice(from)}`,
      ),
  }
}

const atTerminal: CliWorld = { stdoutIsTerminal: true, environment: { NO_COLOR: '1' } }
const event = { type: 'exchangeCommitted', exchangeId: 'e', nodeName: 'relay-a' } as const

/** What stands on a terminal after all that was written to it. */
function screenOf(written: string): readonly string[] {
  const last = written.slice(written.lastIndexOf(HOME) + HOME.length)
  return last.replaceAll(/\u001b\[[?\d]*[A-Za-z]/g, '').split('\n')
}

describe('at a terminal', () => {
  test('draws in place, again when something changes, and gives the cursor back at Ctrl-C with 0', async () => {
    const running = watch(['status', '--watch'], atTerminal)
    await running.until('relay-a')
    expect(running.stdout().startsWith(HIDE)).toBe(true)
    daemon.nodes.push(nodeView({ name: 'relay-b', status: 'cooling' }))
    daemon.publish(event)
    await running.until('relay-b')
    expect(screenOf(running.stdout()).filter((line) => line.startsWith('relay-'))).toHaveLength(2)
    running.sendStopSignal()
    expect(await running.result).toMatchObject({ code: 0, stderr: '' })
    expect(running.stdout().endsWith(SHOW)).toBe(true)
    expect(running.stdout().split(HIDE)).toHaveLength(2)
    expect(running.listeners()).toBe(0)
  })

  test('is drawn anew at once when the terminal has another size, and never higher than it', async () => {
    for (let number = 10; number < 40; number += 1) daemon.nodes.push(nodeView({ name: `relay-${number}` }))
    const running = watch(['node', 'list', '--watch'], { ...atTerminal, columns: 100, rows: 12 })
    await running.until('relay-15')
    expect(screenOf(running.stdout())).toHaveLength(12)
    const drawn = running.stdout().length
    running.resize(60, 8)
    await running.until('relay-10', drawn)
    const screen = screenOf(running.stdout())
    expect(screen).toHaveLength(8)
    for (const line of screen) expect(line.length).toBeLessThanOrEqual(60)
    running.sendStopSignal()
    expect((await running.result).code).toBe(0)
  })

  test('goes on with the times every second, without asking the daemon', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      let nowMs = 1_000
      const node = nodeView({ name: 'relay-a' })
      daemon.nodes.splice(0, 1, node)
      const running = watch(['status', '--watch'], { ...atTerminal, nowMs: () => Date.now() + nowMs })
      await running.until('up 1 min 6 s')
      const asked = daemon.received.statusCalls
      nowMs += 60_000
      vi.advanceTimersByTime(1_000)
      await running.until('up 2 min')
      expect(daemon.received.statusCalls).toBe(asked)
      running.sendStopSignal()
      expect((await running.result).code).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('ends with 1 and a sentence when the daemon goes, with the cursor back', async () => {
    const running = watch(['status', '--watch'], atTerminal)
    await running.until('relay-a')
    daemon.endEvents()
    expect(await running.result).toMatchObject({
      code: 1,
      stderr: 'switchyard: Switchyard has stopped: there is nothing more to follow.\n',
    })
    expect(running.stdout().endsWith(SHOW)).toBe(true)
    expect(running.listeners()).toBe(0)
  })

  test('the same when the connection breaks', async () => {
    const running = watch(['node', 'list', '--watch'], atTerminal)
    await running.until('relay-a')
    await daemon.bridge.close()
    expect((await running.result).code).toBe(1)
    expect(running.stdout().endsWith(SHOW)).toBe(true)
  })
})

test('pushes that come while the state is on its way are one reason to ask again, not many', async () => {
  const running = watch(['status', '--watch', '--json'])
  await daemon.nextSubscriber()
  await running.until('\n')
  const before = daemon.received.statusCalls
  const release = Promise.withResolvers<void>()
  daemon.held.status = release.promise
  daemon.publish(event)
  await expect.poll(() => daemon.received.statusCalls).toBe(before + 1)
  for (let count = 0; count < 50; count += 1) daemon.publish(event)
  // All fifty have arrived when a push behind them has: a second follower sees it.
  const other = daemon.start(['tail', '--json'])
  await daemon.nextSubscriber()
  daemon.nodes.push(nodeView({ name: 'relay-b' }))
  daemon.publish(event)
  await expect.poll(() => other.stdout()).toContain('exchangeCommitted')
  expect(daemon.received.statusCalls).toBe(before + 1)
  daemon.held.status = null
  release.resolve()
  await running.until('relay-b')
  // Whatever was queued is done before the end of the stream is reached.
  daemon.endEvents()
  expect(await Promise.all([running.result, other.result])).toMatchObject([{ code: 1 }, { code: 1 }])
  expect(daemon.received.statusCalls).toBeLessThanOrEqual(before + 4)
})

test('Ctrl-C ends it with 0 also while the daemon does not answer', async () => {
  daemon.held.status = Promise.withResolvers<void>().promise
  const running = watch(['status', '--watch'])
  await expect.poll(() => daemon.received.statusCalls).toBe(1)
  running.sendStopSignal()
  expect(await running.result).toMatchObject({ code: 0, stdout: '', stderr: '' })
})

test('in a pipe it prints a block for each change, and with --json a line', async () => {
  const lines = watch(['node', 'list', '--watch'])
  const json = watch(['node', 'list', '--watch', '--json'])
  await Promise.all([lines.until('relay-a'), json.until('relay-a')])
  // Nothing that is shown is different.
  daemon.publish(event)
  daemon.nodes.push(nodeView({ name: 'relay-b' }))
  daemon.publish(event)
  await Promise.all([lines.until('relay-b'), json.until('relay-b')])
  for (const one of [lines, json]) one.sendStopSignal()
  expect((await lines.result).code + (await json.result).code).toBe(0)
  expect(lines.stdout()).not.toContain('\u001b')
  expect(lines.stdout().split('\n\n')).toHaveLength(2)
  const states = json.stdout().trimEnd().split('\n')
  expect(states.map((line): unknown => JSON.parse(line))).toMatchObject([
    [{ name: 'relay-a' }],
    [{ name: 'relay-a' }, { name: 'relay-b' }],
  ])
})

test('without a daemon it ends with 1 like every other command', async () => {
  const running = watch(['status', '--watch'], { environment: { SWITCHYARD_DATA_DIR: '/nowhere/switchyard' } })
  expect(await running.result).toMatchObject({ code: 1, stderr: expect.stringContaining('is not running') })
  expect(running.listeners()).toBe(0)
})
