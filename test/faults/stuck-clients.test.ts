// Clients and connects that are stuck: neither holds up a stop, and what was given up is gone.
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createCondition } from '../harness/condition.ts'
import { CLIENT_TOKEN } from '../harness/engine.ts'
import { manualStep } from '../harness/manual-step.ts'
import { messagesBody } from '../harness/messages-body.ts'
import { ok } from '../harness/steps.ts'
import { startBlackHole } from './black-hole.ts'
import { type FaultEngine, startEngineOver, startNode } from './scene.ts'

const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const BIG = 'x'.repeat(256 * 1024)

/** Sends a request and then reads nothing. */
function openDeafClient(port: number, bytes: Buffer | string, contentLength: number): void {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${CLIENT_TOKEN}\r\ncontent-length: ${contentLength}\r\n\r\n`,
  )
  socket.write(bytes)
}

/** A stream whose client takes none of it, with more on its way than the kernel holds for one connection. */
async function startStuckStream(): Promise<FaultEngine> {
  const live = manualStep()
  const node = await startNode('a', live)
  const engine = await startEngineOver([node])
  const body = messagesBody({ stream: true })
  openDeafClient(engine.port, body, body.length)
  await node.nextRequest()
  live.head()
  for (let piece = 0; piece < 64; piece++) live.event(delta(BIG))
  await engine.clock.timerStarted((ms) => ms === 600_000)
  return engine
}

test('a client that takes no more of its stream does not hold up the stop', async () => {
  const engine = await startStuckStream()
  await engine.stop(100)
  expect(await engine.recorded()).toMatchObject({ outcome: 'truncated' })
})

test('a client that takes nothing for ten minutes is given up, and its node is free again', async () => {
  const engine = await startStuckStream()
  // The kernel takes some of it first; each time that wait begins anew.
  for (let turn = 0; turn < 50 && engine.exchanges.length === 0; turn++) await engine.clock.advance(600_000)
  expect(await engine.recorded()).toMatchObject({ outcome: 'cancelled', attempts: [{ outcome: 'cancelled' }] })
  engine.expectQuiet()
})

test('a client in the middle of its body does not hold up the stop', async () => {
  const engine = await startEngineOver([await startNode('a')])
  openDeafClient(engine.port, '{', 5000)
  await engine.clock.timerStarted((ms) => ms === 30_000)
  await engine.stop(100)
  expect(await engine.recorded()).toMatchObject({ outcome: 'rejected', errorCode: 'stopping' })
})

test('a connect that was given up leaves no socket behind', async () => {
  const hole = await startBlackHole()
  const b = await startNode('b', ok())
  const engine = await startEngineOver([{ name: 'hole', url: hole }, b], {
    settings: { connectTimeoutMs: 5000, secondConnectAfterMs: 1000 },
  })
  const connecting = () => process.getActiveResourcesInfo().filter((name) => name.includes('ConnectWrap')).length
  const sent = engine.send({ body: messagesBody() })
  await engine.clock.timerStarted((ms) => ms === 1000)
  await engine.clock.advance(1000)
  expect((await sent).status).toBe(200)
  const during = connecting()
  expect(during).toBeGreaterThan(0)
  await engine.clock.advance(5000)
  const gone = createCondition()
  const poll = setInterval(gone.poke, 5)
  onTestFinished(() => clearInterval(poll))
  await gone.until(
    () => (connecting() < during ? true : undefined),
    () => 'the connect to be given up',
  )
  expect(engine.nodeNow('hole')).toMatchObject({ inFlight: 0, breaker: { consecutiveFailures: 1 } })
})
