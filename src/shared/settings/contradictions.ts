// Settings that make no sense together, each good by itself.
import { speak } from '../text/speak.ts'
import type { Spoken } from '../text/spoken.ts'
import type { SettingName, Settings } from './settings.ts'

/** The first must not be above the second. */
const ascending = [
  ['retryBackoffMinMs', 'retryBackoffMaxMs'],
  ['throttleCooldownMs', 'throttleCooldownMaxMs'],
  ['breakerCooldownMs', 'breakerCooldownMaxMs'],
  ['firstEventTimeoutMs', 'lastNodeFirstEventTimeoutMs'],
  ['silenceTimeoutMs', 'livingSilenceTimeoutMs'],
  ['bodyBytesMax', 'bufferedBytesMax'],
] as const satisfies readonly (readonly [SettingName, SettingName])[]

/** The first contradiction that one of `names` has a part in; null: none. */
export function contradictionIn(settings: Settings, names: ReadonlySet<SettingName>): Spoken | null {
  for (const [low, high] of ascending) {
    if (settings[low] <= settings[high] || !(names.has(low) || names.has(high))) continue
    return speak('settings-not-ascending', { low, lowValue: settings[low], high, highValue: settings[high] })
  }
  const custom = settings.globalProxyMode === 'custom' && settings.globalProxyUrl === ''
  if (custom && (names.has('globalProxyMode') || names.has('globalProxyUrl'))) {
    return speak('settings-custom-proxy-without-url')
  }
  return null
}
