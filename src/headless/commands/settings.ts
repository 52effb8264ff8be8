// `settings …`: what each setting is, where that comes from, and changing it while the daemon runs.
import type { Command } from 'commander'
import type { SettingView } from '../../shared/contract/settings.ts'
import { usageError } from '../cli-error.ts'
import { type Call, leafCommand, type Shell } from '../leaf-command.ts'
import { parseSettingValue, settingText } from '../setting-value.ts'
import { askSecret } from '../terminal/ask-secret.ts'
import { labelledLines } from '../terminal/hanging-lines.ts'
import { formatTable } from '../terminal/table.ts'
import type { Text } from '../text/text.ts'

export function settingsListCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'settings list',
    summary: shell.text.say('settings-list.summary'),
    examples: ['settings list', 'settings list --changed', 'settings list --json'],
    configure: (command) => command.option('--changed', shell.text.say('settings-list.changed')),
    run: list,
  })
}

async function list(call: Call): Promise<void> {
  const all = await call.control(({ client }) => client.settings.list())
  const settings = call.options.flag('changed') === true ? all.filter(({ source }) => source !== 'default') : all
  if (call.isJson) return call.json(settings)
  const { say } = call.text
  if (settings.length === 0) return call.line(say('settings-list.none-changed'))
  const columns = [
    { header: say('column.setting') },
    { header: say('column.value'), shrinkTo: 10 },
    { header: say('column.source') },
    { header: say('column.variable'), shrinkTo: 16, drop: 1 },
  ]
  const rows = settings.map((setting) => [
    setting.name,
    settingText(setting.value, call.text),
    {
      text: say(`setting-source.${setting.source}`),
      colour: setting.source === 'default' ? ('faint' as const) : ('none' as const),
    },
    setting.env,
  ])
  for (const line of formatTable(columns, rows, call.style())) call.line(line)
}

export function settingsGetCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'settings get',
    summary: shell.text.say('settings-get.summary'),
    examples: ['settings get connectTimeoutMs'],
    configure: (command) => command.argument('<setting>', shell.text.say('argument.setting')),
    run: async (call) => {
      const setting = await call.control(({ client }) => client.settings.get({ name: call.args[0] ?? '' }))
      if (call.isJson) return call.json(setting)
      call.line(call.paint(setting.name, 'strong'))
      for (const line of labelledLines(describe(setting, call.text), call.style())) call.line(line)
    },
  })
}

function describe(setting: SettingView, text: Text): readonly (readonly [string, string])[] {
  const { say } = text
  return [
    [
      say('settings-get.value'),
      say('settings-get.value-text', {
        value: settingText(setting.value, text),
        source: say(`setting-source.${setting.source}`),
      }),
    ],
    [say('settings-get.default'), settingText(setting.default, text)],
    ...(setting.min === null || setting.max === null
      ? []
      : [[say('settings-get.range'), `${setting.min} – ${setting.max}`] as const]),
    ...(setting.choices.length === 0 ? [] : [[say('settings-get.choices'), setting.choices.join(', ')] as const]),
    [say('settings-get.variable'), setting.env],
    [say('settings-get.text'), text.settingMeaning(setting)],
  ]
}

export function settingsSetCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'settings set',
    summary: shell.text.say('settings-set.summary'),
    examples: ['settings set connectTimeoutMs=3000 pingIntervalMs=8000', 'settings set debug=true'],
    configure: (command) => command.argument('<setting=value...>', shell.text.say('argument.assignments')),
    run: set,
  })
}

async function set(call: Call): Promise<void> {
  const pairs = call.args.map((argument) => {
    const at = argument.indexOf('=')
    if (at < 1) throw usageError('settings-set.form')
    return { name: argument.slice(0, at), text: argument.slice(at + 1) }
  })
  const changed = await call.control(async ({ client }) => {
    const known = new Map((await client.settings.list()).map((setting) => [setting.name, setting]))
    // A name nobody knows goes as it is: the daemon says what is near.
    const values = Object.fromEntries(
      pairs.map(({ name, text }) => [name, parseSettingValue(known.get(name)?.kind ?? 'text', text)]),
    )
    return client.settings.set({ values })
  })
  if (call.isJson) return call.json(changed)
  for (const { name, value } of changed) {
    call.line(call.text.say('settings-set.done', { name, value: settingText(value, call.text) }))
  }
}

export function settingsResetCommand(shell: Shell): Command {
  return leafCommand(shell, {
    path: 'settings reset',
    summary: shell.text.say('settings-reset.summary'),
    examples: ['settings reset connectTimeoutMs'],
    configure: (command) => command.argument('<setting>', shell.text.say('argument.setting')),
    run: async (call) => {
      const setting = await call.control(({ client }) => client.settings.reset({ name: call.args[0] ?? '' }))
      if (call.isJson) return call.json(setting)
      const value = settingText(setting.value, call.text)
      call.line(call.text.say('settings-reset.done', { name: setting.name, value }))
    },
  })
}

export function settingsProxyPasswordCommand(shell: Shell): Command {
  const { say } = shell.text
  return leafCommand(shell, {
    path: 'settings proxy-password',
    summary: say('settings-proxy-password.summary'),
    examples: [
      'settings proxy-password',
      'settings proxy-password --env PROXY_PASSWORD',
      'settings proxy-password --none',
    ],
    configure: (command) =>
      command
        .option('--env <name>', say('settings-proxy-password.env'))
        .option('--none', say('settings-proxy-password.none')),
    run: proxyPassword,
  })
}

async function proxyPassword(call: Call): Promise<void> {
  const value = call.options.flag('none') === true ? null : await readPassword(call)
  const result = await call.control(({ client }) => client.settings.setSecret({ name: 'global-proxy-password', value }))
  if (call.isJson) return call.json(result)
  call.line(call.text.say(result.set ? 'settings-proxy-password.set' : 'settings-proxy-password.removed'))
}

async function readPassword(call: Call): Promise<string> {
  const variable = call.options.text('env')
  if (variable !== undefined) {
    const value = call.io.environment[variable] ?? ''
    if (value === '') throw usageError('node-key.variable-empty', { variable })
    return value
  }
  if (call.io.stdin.isTTY !== true) throw usageError('settings-proxy-password.no-terminal')
  return askSecret(call, 'settings-proxy-password.question')
}
