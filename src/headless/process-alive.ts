// Whether a process is still at work: what has ended and only waits to be noticed by its parent is not.
import { readFile } from 'node:fs/promises'

/** Never rejects. A zombie (Linux, container without a reaping init) counts as ended: nobody may ever wait for it. */
export async function isProcessAlive(pid: number): Promise<boolean> {
  return exists(pid) && (await processState(pid)) !== ZOMBIE
}

const ZOMBIE = 'Z'

// Signal 0 asks only; EPERM means there is such a process, of another user.
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** One letter (proc_pid_stat(5)); null where the system has no /proc. */
async function processState(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The state follows the program's name, which is in brackets and may hold brackets and spaces itself.
  return stat?.slice(stat.lastIndexOf(')') + 2)[0] ?? null
}
