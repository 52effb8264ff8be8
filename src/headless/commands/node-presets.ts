// `node presets`: providers that `node add --preset` knows.
import type { Command } from 'commander'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { formatTable } from '../terminal/table.ts'

export function nodePresetsCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'node presets',
    summary: shell.text.say('node-presets.summary'),
    examples: ['node presets', 'node add --name glm --preset zhipu'],
    run,
  })
}

async function run(call: Call): Promise<void> {
  const presets = await call.control(({ client }) => client.nodes.presets())
  if (call.isJson) return call.json(presets)
  const { say } = call.text
  const columns = [
    { header: say('column.preset') },
    { header: say('column.name'), shrinkTo: 12 },
    { header: say('column.protocols') },
    { header: say('column.base-url'), shrinkTo: 36, drop: 1 },
  ]
  const rows = presets.flatMap(({ id, title, endpoints }) =>
    endpoints.map(({ protocol, baseUrl }, index) => [
      index === 0 ? id : '',
      index === 0 ? title : '',
      protocol,
      baseUrl,
    ]),
  )
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}
