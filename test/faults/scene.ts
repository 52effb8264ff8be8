// Scripted nodes before a real engine, and what must hold whatever failed: nothing is left running, no key strays.
import { expect, onTestFinished } from 'vitest'
import type { LiveNode } from '../../src/engine/engine-door.ts'
import {
  CLIENT_TOKEN,
  startTestEngine,
  type TestEngine,
  type TestEngineOptions,
  type TestNode,
} from '../harness/engine.ts'
import { type Ask, plannedBytes, type Step } from '../harness/plan.ts'
import { type RecordedRequest, sha256 } from '../harness/recorded-request.ts'
import { type ScriptedUpstream, startScriptedUpstream } from '../harness/scripted-upstream.ts'

export type FaultEngine = TestEngine & {
  readonly nodeNow: (name: string) => LiveNode
  /** Every timer, place in flight and exchange is given back. */
  readonly expectQuiet: () => void
}

/** Closed when the test ends. Without steps: good answers. */
export async function startNode(name: string, ...steps: readonly Step[]): Promise<ScriptedUpstream> {
  const [first, ...others] = steps
  const node = await startScriptedUpstream(first === undefined ? { name } : { name, steps: [first, ...others] })
  onTestFinished(node.close)
  return node
}

/** A node that nobody listens for: whoever connects is refused. */
export async function startRefusingNode(name: string): Promise<ScriptedUpstream> {
  const node = await startNode(name)
  await node.kill()
  return node
}

/** In the order of the list; the first has the best priority. */
export async function startEngineOver(
  nodes: readonly (ScriptedUpstream | TestNode)[],
  options: Omit<TestEngineOptions, 'nodes'> = {},
): Promise<FaultEngine> {
  const engine = await startTestEngine({ ...options, nodes: nodes.map(testNode) })
  const idleTimers = engine.clock.pending()
  return {
    ...engine,
    nodeNow: (name) => {
      const found = engine.engine.liveNodes().find(({ nodeId }) => nodeId === `node_${name}`)
      if (found === undefined) throw new Error(`no node ${name}`)
      return found
    },
    expectQuiet: () => {
      expect(engine.clock.pendingDelaysMs()).toHaveLength(idleTimers)
      expect(engine.engine.liveNodes().map(({ inFlight }) => inFlight)).toEqual(nodes.map(() => 0))
      expect(engine.engine.counts().inFlight).toBe(0)
    },
  }
}

function testNode(node: ScriptedUpstream | TestNode): TestNode {
  return 'requestsFor' in node ? { name: node.name, url: node.url } : node
}

/** What this node sends for this request, in full. */
export function answerOf(node: ScriptedUpstream, request: RecordedRequest, step: Step): Buffer {
  return plannedBytes(step, node.askOf(request))
}

export function askOf(name: string, number: number, body: Buffer): Ask {
  const json: unknown = JSON.parse(body.toString())
  const stream = typeof json === 'object' && json !== null && 'stream' in json && json.stream === true
  const model = typeof json === 'object' && json !== null && 'model' in json ? String(json.model) : ''
  return { name, number, model, stream }
}

/** The client's bytes and path, the node's own key in the right header, the client's key nowhere. */
export function expectSentAsAsked(node: ScriptedUpstream, body: Buffer, path = '/v1/messages?beta=true'): void {
  for (const request of node.requestsFor()) {
    expect(request.bodySha256).toBe(sha256(body))
    expect(request.target).toBe(path)
    expect(request.header('authorization')).toBe(`Bearer key-of-${node.name}-0000`)
    expect(request.header('x-api-key')).toBeNull()
    expect(request.rawHeaders.join('\n')).not.toContain(CLIENT_TOKEN)
  }
}
