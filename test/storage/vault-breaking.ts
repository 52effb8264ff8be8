// Everything the vault writes as numbered steps, so that a test can end it at each of them.
import type { VaultDatabase } from '../../src/storage/secrets/sealed-values.ts'
import { realDisk, type VaultDisk } from '../../src/storage/secrets/vault-files.ts'
import type { Storage } from '../../src/storage/storage.ts'

export type Breaking = {
  readonly disk: VaultDisk
  readonly database: VaultDatabase
  /** Steps that were begun. */
  readonly steps: () => number
}

/** Everything the vault writes, one numbered step after the other; `at` may throw or kill, before or after it happened. */
export function breaking(
  storage: Storage,
  at: (step: number, when: 'before' | 'after', name: string) => void,
): Breaking {
  let steps = 0
  const step =
    <Args extends readonly unknown[]>(name: string, act: (...args: Args) => Promise<void>) =>
    async (...args: Args): Promise<void> => {
      steps += 1
      const own = steps
      at(own, 'before', name)
      await act(...args)
      at(own, 'after', name)
    }
  return {
    steps: () => steps,
    disk: {
      create: step('create', realDisk.create),
      replace: step('replace', realDisk.replace),
      rename: step('rename', realDisk.rename),
      remove: step('remove', realDisk.remove),
    },
    database: {
      loadRegistry: storage.loadRegistry,
      loadVaultKeyId: storage.loadVaultKeyId,
      replaceSealed: step('replaceSealed', storage.replaceSealed),
      saveSecret: step('saveSecret', storage.saveSecret),
    },
  }
}
