// The vault's status in words, for every command that ends with it.
import type { VaultStatus } from '../shared/model/vault.ts'
import type { Call } from './leaf-command.ts'
import { labelledLines } from './terminal/hanging-lines.ts'
import { formatCount } from './terminal/times.ts'

export function printVault(call: Call, { protection, state, sealed, message }: VaultStatus): void {
  const { say } = call.text
  const lines: readonly (readonly [string, string])[] = [
    [say('vault-status.protection'), say(`vault-protection.${protection}`)],
    [say('vault-status.state'), say(`vault-state.${state}`)],
    [say('vault-status.sealed'), formatCount(sealed)],
    ...(message === null ? [] : [[say('vault-status.message'), call.text.spoken(message)] as const]),
  ]
  for (const line of labelledLines(lines, call.style())) call.line(line)
}
