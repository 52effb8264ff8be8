// Settings: list, get, set, reset, and the secrets beside them. In force at once, and each change is written down.
import { parseProxyUrl } from '../../engine/upstream/proxy-url.ts'
import type { SettingView } from '../../shared/contract/settings.ts'
import type { Setting } from '../../shared/settings/define.ts'
import { settingNames } from '../../shared/settings/resolve.ts'
import { type SettingName, settingDefinitions } from '../../shared/settings/settings.ts'
import { globalProxySecretOwner } from '../../storage/storage.ts'
import type { SettingDifference, SettingValues } from '../settings-service.ts'
import { ControlError } from './control-error.ts'
import type { ControlServices } from './control-services.ts'
import { notFound } from './find-by-ref.ts'

type NamedSecret = 'global-proxy-password'

const PASSWORD_DROPPED =
  'The password of the global proxy was dropped, for the proxy or its user is another now; enter it again.'

export type SettingControl = {
  readonly list: () => SettingView[]
  readonly get: (name: string) => SettingView
  readonly set: (values: Readonly<Record<string, unknown>>) => Promise<SettingView[]>
  readonly reset: (name: string) => Promise<SettingView>
  readonly setSecret: (name: NamedSecret, value: string | null) => Promise<{ name: NamedSecret; set: boolean }>
}

export function createSettingControl(services: ControlServices): SettingControl {
  const { settings, storage, vault, registry, engine, ledger, changes, secrets, ownPorts } = services

  function view(name: SettingName): SettingView {
    const setting: Setting = settingDefinitions[name]
    const { kind, env, text } = setting
    return {
      name,
      value: shown(settings.current()[name]),
      default: shown(setting.default),
      source: settings.sourceOf(name),
      env,
      kind,
      min: setting.kind === 'number' ? setting.min : null,
      max: setting.kind === 'number' ? setting.max : null,
      choices: setting.kind === 'choice' ? [...setting.choices] : [],
      text,
    }
  }

  async function set(input: Readonly<Record<string, unknown>>): Promise<SettingView[]> {
    const names = Object.keys(input).map(nameOf)
    const values = Object.fromEntries(names.map((name) => [name, normalised(name, input[name])]))
    await change(values)
    return names.map(view)
  }

  async function reset(input: string): Promise<SettingView> {
    const name = nameOf(input)
    await change({ [name]: undefined })
    return view(name)
  }

  async function change(values: SettingValues): Promise<void> {
    const plan = settings.plan(values)
    if (!plan.ok) throw new ControlError('REFUSED', plan.refusal)
    const removed = passwordsToRemove(plan.differences)
    await plan.commit(removed)
    for (const difference of plan.differences) {
      changes.record({ kind: 'setting-changed', nodeId: null, text: textOf(difference, values) })
    }
    if (removed.length > 0) changes.record({ kind: 'setting-changed', nodeId: null, text: PASSWORD_DROPPED })
    // Timers that run by the old value begin anew by the new one: the registry's sync and the ledger's batch.
    await engine.refreshRegistry().catch(() => undefined)
    await ledger.flush()
  }

  /** It would not be sent to the other proxy (globalProxySecretOwner), but a secret that nobody needs is not kept either. */
  function passwordsToRemove(differences: readonly SettingDifference[]): readonly string[] {
    const moved = differences.some(({ name }) => name === 'globalProxyUrl' || name === 'globalProxyUser')
    const old = globalProxySecretOwner(settings.current())
    const isSet = registry.latest().stored.secrets.some(({ owner }) => owner === old)
    return moved && isSet ? [old] : []
  }

  async function setSecret(name: NamedSecret, value: string | null): Promise<{ name: NamedSecret; set: boolean }> {
    if (value !== null) secrets.add(value)
    const owner = globalProxySecretOwner(settings.current())
    await storage.saveSecret(owner, value === null ? null : vault.seal(value, owner))
    const text = `The password of the global proxy was ${value === null ? 'removed' : 'set'}.`
    await changes.announce({ kind: 'setting-changed', nodeId: null, text })
    return { name, set: value !== null }
  }

  function normalised(name: SettingName, value: unknown): unknown {
    if (name !== 'globalProxyUrl' || typeof value !== 'string' || value === '') return value
    const parsed = parseProxyUrl(value, { ownPorts: ownPorts() })
    if (!parsed.ok) throw new ControlError('REFUSED', parsed.refusal)
    return parsed.url
  }

  return {
    list: () => settingNames.map(view),
    get: (name) => view(nameOf(name)),
    set: (values) => changes.run(() => set(values)),
    reset: (name) => changes.run(() => reset(name)),
    setSecret: (name, value) => changes.run(() => setSecret(name, value)),
  }
}

function nameOf(input: string): SettingName {
  const found = settingNames.find((name) => name === input)
  if (found !== undefined) return found
  // Somebody who knows the variable means its setting.
  const ofVariable = settingNames.find((name) => settingDefinitions[name].env === input)
  throw ofVariable === undefined
    ? notFound('setting', input, settingNames)
    : new ControlError('NOT_FOUND', 'setting-unknown-near', { ref: input, names: `"${ofVariable}"` })
}

type Shown = SettingView['value']

function shown(value: number | boolean | string | readonly number[]): Shown {
  return typeof value === 'object' ? [...value] : value
}

function textOf({ name, before, after }: SettingDifference, values: SettingValues): string {
  const what = values[name] === undefined ? 'was set back to its default' : 'was changed'
  return `The setting ${name} ${what}: ${inWords(before)} → ${inWords(after)}.`
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  return value === '' ? 'none' : String(value)
}
