// How a long stream runs, as the value of the answer header: "sse-long 150 66 12".

export type StreamPace = {
  readonly events: number
  readonly everyMs: number
  /** Before the first event, so that the streams do not all write in the same millisecond. */
  readonly phaseMs: number
}

export function paceHeader({ events, everyMs, phaseMs }: StreamPace): string {
  return `sse-long ${events} ${everyMs} ${phaseMs}`
}

export function parsePace(header: string): StreamPace {
  const [, events = 0, everyMs = 0, phaseMs = 0] = header.split(' ').map(Number)
  return { events, everyMs, phaseMs }
}
