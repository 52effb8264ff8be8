// A new data key in new files, for a database in which nothing is sealed.
import { dataKey, newDataKey } from './data-key.ts'
import { VaultError } from './vault-error.ts'
import type { VaultContent, VaultFile } from './vault-files.ts'
import type { OpenState, VaultRoom } from './vault-state.ts'
import type { Wrapper } from './wrapper.ts'

/** Of two processes that do it at once, both end up with the key of the first. Rejects with `file-unusable`. */
export async function startAnew(
  { files }: VaultRoom,
  wrapper: Wrapper | null,
): Promise<Pick<OpenState, 'key' | 'wrapper'>> {
  const key = newDataKey()
  if (wrapper !== null) {
    await files.createJson('json', wrapper.wrap(key))
    return { key, wrapper }
  }
  try {
    await files.createKey('key', key.bytes)
    return { key, wrapper }
  } catch (error) {
    const content = await files.read()
    if (!(error instanceof VaultError) || content.key.kind !== 'found') throw error
    key.destroy()
    return { key: dataKey(content.key.value), wrapper }
  }
}

const allFiles: readonly VaultFile[] = ['json', 'key', 'nextJson', 'nextKey']

/** What is there may still open a backup of the database: it is kept under another name. */
export async function clearTheWay({ files }: VaultRoom, content: VaultContent): Promise<void> {
  for (const file of allFiles) if (content[file].kind !== 'none') await files.setAside(file)
}
