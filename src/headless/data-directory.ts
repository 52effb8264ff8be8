// Where Switchyard keeps its data when nobody says otherwise, by the habits of each system.
import { isAbsolute, join, resolve } from 'node:path'
import { usageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'

export const DATA_DIRECTORY_VARIABLE = 'SWITCHYARD_DATA_DIR'

type Place = Pick<CliIo, 'environment' | 'platform' | 'homeDirectory'>

/** The option wins, then SWITCHYARD_DATA_DIR, then the default. Absolute. */
export function resolveDataDirectory(option: string | undefined, place: Place): string {
  // `--data-dir "$DIR"` with DIR unset: resolved, it would be the current directory.
  if (option === '') throw usageError('usage.data-dir-empty')
  const chosen = option ?? (place.environment[DATA_DIRECTORY_VARIABLE] || undefined)
  return chosen === undefined ? defaultDataDirectory(place) : resolve(chosen)
}

function defaultDataDirectory({ environment, platform, homeDirectory }: Place): string {
  switch (platform) {
    case 'darwin':
      return join(homeDirectory, 'Library', 'Application Support', 'Switchyard')
    case 'win32':
      return join(environment.LOCALAPPDATA || join(homeDirectory, 'AppData', 'Local'), 'Switchyard')
    default: {
      // A relative XDG_DATA_HOME is invalid and ignored (XDG Base Directory Specification).
      const xdg = environment.XDG_DATA_HOME ?? ''
      return join(isAbsolute(xdg) ? xdg : join(homeDirectory, '.local', 'share'), 'switchyard')
    }
  }
}
