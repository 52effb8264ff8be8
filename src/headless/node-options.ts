// The options of `node add` and `node edit` that set fields of a node.
import { type Command, Option } from 'commander'
import type { UpdateNodeInput } from '../shared/contract/contract.ts'
import { authFormSchema } from '../shared/model/node.ts'
import { protocolSchema } from '../shared/model/protocol.ts'
import { mapping, modelName, name, several, wholeNumber } from './option-parsers.ts'
import type { Options } from './read-options.ts'

export type NodeFieldInput = Omit<UpdateNodeInput, 'ref' | 'keys'>

export function addNodeFieldOptions(command: Command): void {
  command
    .addOption(new Option('--protocol <name>', 'what the node speaks').choices(protocolSchema.options))
    .addOption(new Option('--auth <form>', 'how the node wants its key').choices(authFormSchema.options))
    .option('--priority <n>', '1 is tried first, 100 last; a new node has 50', wholeNumber({ min: 1, max: 100 }))
    .option('--weight <n>', 'share inside one priority; 0 drains; a new node has 50', wholeNumber({ min: 0, max: 100 }))
    .option('--model <name>', 'a model it serves, * allowed; repeat for more', several(modelName))
    .option('--map <from=to>', 'rename a model, * allowed; repeat for more', several(mapping))
    .option('--max-concurrent <n>', 'most requests at once', wholeNumber({ min: 1, max: 100_000 }))
    .option('--pool <name>', 'a pool it serves; repeat for more', several(name))
    .option('--allow-http', 'allow http: beyond this machine')
}

/** Only for `node edit`: the forms that take something away. */
export function addNodeClearingOptions(command: Command): void {
  command
    .option('--no-model', 'serve any model')
    .option('--no-map', 'rename no model')
    .option('--no-max-concurrent', 'no limit')
    .option('--no-allow-http', 'https: only, but for this machine')
}

/** Only what was given; `--no-…` comes as false. */
export function readNodeFields(options: Options): NodeFieldInput {
  const fields: NodeFieldInput = {
    name: options.text('name'),
    baseUrl: options.text('url'),
    protocol: protocolSchema.optional().parse(options.text('protocol')),
    auth: authFormSchema.optional().parse(options.text('auth')),
    priority: options.number('priority'),
    weight: options.number('weight'),
    models: options.flag('model') === false ? [] : options.list('model')?.slice(),
    modelMap: options.flag('map') === false ? [] : options.list('map')?.map(splitMapping),
    maxConcurrent: options.flag('maxConcurrent') === false ? null : options.number('maxConcurrent'),
    pools: options.list('pool')?.slice(),
    allowPlainHttp: options.flag('allowHttp'),
  }
  return fields
}

function splitMapping(text: string): { readonly from: string; readonly to: string } {
  const at = text.indexOf('=')
  return { from: text.slice(0, at), to: text.slice(at + 1) }
}
