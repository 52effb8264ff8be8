// A scripted upstream with one request at it, closed when the test ends.
import { onTestFinished } from 'vitest'
import { type Answer, openStream, request, type StreamingAnswer } from './http-client.ts'
import { messagesBody } from './messages-body.ts'
import type { Step } from './plan.ts'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts'

export const streaming = messagesBody({ stream: true })

export async function upstreamWith(...steps: readonly [Step, ...Step[]]): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream({ name: 'u', steps })
  onTestFinished(upstream.close)
  return upstream
}

export async function answerOf(step: Step, body = streaming): Promise<Answer> {
  return request({ port: (await upstreamWith(step)).port, body })
}

export async function streamOf(step: Step): Promise<{ upstream: ScriptedUpstream; stream: StreamingAnswer }> {
  const upstream = await upstreamWith(step)
  const stream = openStream({ port: upstream.port, body: streaming })
  onTestFinished(stream.abort)
  return { upstream, stream }
}

/** The types of the events of a stream, in order. */
export function eventTypes(text: string): readonly string[] {
  return [...text.matchAll(/^event: (\w+)/gm)].map((match) => match[1] ?? '')
}
