// Takes a page of docs/ apart into the commands a reader would type and the answers it shows.
export type Step =
  /** Variables and functions for what follows. */
  | { readonly kind: 'setup'; readonly script: string }
  | { readonly kind: 'command'; readonly script: string; readonly answer: Answer | null; readonly line: number }
export type Answer = { readonly kind: 'json' | 'sse'; readonly text: string }

export function readPage(text: string): readonly Step[] {
  const steps: Step[] = []
  for (const { groups, index } of text.matchAll(/^```(?<kind>.*)\n(?<body>[\s\S]*?)^```$/gm)) {
    const { kind = '', body = '' } = groups ?? {}
    const line = text.slice(0, index).split('\n').length
    if (kind === 'sh setup') steps.push({ kind: 'setup', script: body })
    if (kind === 'sh') steps.push({ kind: 'command', script: body, answer: null, line })
    if (kind !== 'json' && kind !== 'sse') continue
    const last = steps.pop()
    if (last?.kind !== 'command') throw new Error(`the answer at line ${line} follows no command`)
    steps.push({ ...last, answer: { kind, text: body } })
  }
  return steps
}

/** Where an answer is not what the page shows of it; empty when it is. Objects are shortened; "…" stands for anything. */
export function differences(shown: unknown, actual: unknown, at = '$'): readonly string[] {
  if (typeof shown === 'string' && shown.includes('…')) {
    const start = shown.split('…', 1)[0] ?? ''
    return typeof actual === 'string' && actual.startsWith(start)
      ? []
      : [`${at}: ${shown} is ${JSON.stringify(actual)}`]
  }
  if (typeof shown !== 'object' || shown === null) {
    return Object.is(shown, actual) ? [] : [`${at}: ${JSON.stringify(shown)} is ${JSON.stringify(actual)}`]
  }
  if (typeof actual !== 'object' || actual === null) return [`${at} is ${JSON.stringify(actual)}`]
  if (Array.isArray(shown) && Array.isArray(actual) && shown.length !== actual.length) {
    return [`${at} has ${actual.length} entries, not ${shown.length}`]
  }
  return Object.entries(shown).flatMap(([name, value]) =>
    differences(value, Reflect.get(actual, name), `${at}.${name}`),
  )
}
