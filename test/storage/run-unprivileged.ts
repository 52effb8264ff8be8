// Runs a program of fixtures/ as a user whom file modes bind: tests may run as root, who may write everything.
import { execFile } from 'node:child_process'
import { chmod, chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** "nobody" wherever there is one. */
const UNPRIVILEGED_ID = 65_534

/** Takes write permission off `directory` and everything in it first. Resolves with what the program printed. */
export async function runUnprivileged(directory: string, fixture: string): Promise<string> {
  const isRoot = process.getuid?.() === 0
  const program = fileURLToPath(new URL(`./fixtures/${fixture}`, import.meta.url))
  for (const name of await readdir(directory)) {
    await chmod(join(directory, name), 0o400)
    if (isRoot) await chown(join(directory, name), UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  }
  if (isRoot) await chown(directory, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
  await chmod(directory, 0o500)
  const identity = isRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {}
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, directory], {
      ...identity,
      timeout: 20_000,
    })
    return stdout
  } finally {
    await chmod(directory, 0o700)
  }
}
