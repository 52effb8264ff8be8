// Which step a request gets: one list per operation, the last step repeats.

import type { Step } from './plan.ts'
import type { Operation } from './recorded-request.ts'
import { apiError, ok, status } from './steps.ts'

/** At least one step. */
export type Steps = readonly [Step, ...Step[]]

export type StepScripts = {
  readonly set: (operation: Operation, steps: Steps) => void
  readonly take: (operation: Operation) => { readonly step: Step; readonly number: number }
}

export function createStepScripts(messages: Steps = [ok()]): StepScripts {
  const scripts = new Map<Operation, { steps: Steps; next: number }>()
  const counts = new Map<Operation, number>()
  const set = (operation: Operation, steps: Steps): void => {
    scripts.set(operation, { steps, next: 0 })
  }
  set('messages', messages)
  return {
    set,
    take: (operation) => {
      const number = (counts.get(operation) ?? 0) + 1
      counts.set(operation, number)
      const script = scripts.get(operation)
      if (script === undefined) return { step: sensibleSteps[operation], number }
      const step = script.steps[Math.min(script.next++, script.steps.length - 1)] ?? script.steps[0]
      return { step, number }
    },
  }
}

const model = {
  type: 'model',
  id: 'claude-sonnet-4-5',
  display_name: 'Claude Sonnet 4.5',
  created_at: '2025-09-29T00:00:00Z',
}

const sensibleSteps: Readonly<Record<Operation, Step>> = {
  messages: ok(),
  count_tokens: status(200, { body: { input_tokens: 1234 } }),
  models: status(200, { body: { data: [model], has_more: false, first_id: model.id, last_id: model.id } }),
  head: status(200, { body: '' }),
  other: apiError(404, 'no such path'),
}
