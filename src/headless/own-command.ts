// How this program is called, for the commands it tells people to type.
import type { CliIo } from './cli-io.ts'

/** npm names the script it runs; `npm start` and `npm run switchyard` both mean a checkout without an installed binary. */
export function ownCommand(environment: CliIo['environment']): string {
  return environment.npm_lifecycle_event === undefined ? 'switchyard' : 'npm run -s switchyard --'
}
