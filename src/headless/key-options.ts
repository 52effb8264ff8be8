// The options of `key create` and `key edit` that say what a client key may.
import type { Command } from 'commander'
import type { CreateClientKeyInput } from '../shared/contract/client-keys.ts'
import { usageError } from './cli-error.ts'
import type { Call } from './leaf-command.ts'
import { modelName, name, several } from './option-parsers.ts'
import type { Text } from './text/text.ts'

export function addKeyLimitOptions(command: Command, { say }: Text): void {
  command
    .option('--pool <name>', say('key-option.pool'), several(name))
    .option('--model <name>', say('key-option.model'), several(modelName))
    .option('--pin <node>', say('key-option.pin'))
    .option('--strict', say('key-option.strict'))
    .option('--expires <when>', say('key-option.expires'))
}

/** Only for `key edit`: the forms that take something away. */
export function addKeyClearingOptions(command: Command, { say }: Text): void {
  command
    .option('--no-model', say('key-option.no-model'))
    .option('--no-pin', say('key-option.no-pin'))
    .option('--no-expires', say('key-option.no-expires'))
}

export type KeyLimits = Pick<CreateClientKeyInput, 'pools' | 'models' | 'pinned' | 'expiresAtMs'>

/** Only what was given; `--no-…` comes as false. */
export function readKeyLimits({ options, io }: Pick<Call, 'options' | 'io'>): KeyLimits {
  const node = options.text('pin')
  const strict = options.flag('strict') === true
  if (strict && node === undefined) throw usageError('key-option.strict-needs-pin')
  const expires = options.text('expires')
  return {
    pools: options.list('pool')?.slice(),
    models: options.flag('model') === false ? [] : options.list('model')?.slice(),
    pinned: options.flag('pin') === false ? null : node === undefined ? undefined : { node, strict },
    expiresAtMs:
      options.flag('expires') === false ? null : expires === undefined ? undefined : momentOf(expires, io.nowMs()),
  }
}

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** "30d" from now, or a local date or time: "2027-01-31", "2027-01-31T18:00". */
function momentOf(text: string, nowMs: number): number {
  const span = /^(\d{1,5})([mhdw])$/.exec(text)
  if (span !== null) {
    const [, count, unit] = span
    return nowMs + Number(count) * unitsMs[unit === 'm' || unit === 'h' || unit === 'd' ? unit : 'w']
  }
  const [, date = '', time = ''] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?)?$/.exec(text) ?? []
  // A date alone means the end of that day, here.
  const local = new Date(date + (time === '' ? 'T23:59:59.999' : time))
  // The 31st of February would become a day of March.
  if (Number.isNaN(local.getTime()) || local.getDate() !== Number(date.slice(-2))) {
    throw usageError('key-option.expires-form')
  }
  return local.getTime()
}
