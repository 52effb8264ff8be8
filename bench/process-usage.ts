// What a process used, from the kernel's own accounting: all its threads, so that the database worker counts too.
import { readFile } from 'node:fs/promises'

/** USER_HZ, which Linux fixes at 100 for every program that reads /proc. */
const TICKS_PER_SECOND = 100

/** User and system time since its start, in milliseconds, to 10 ms. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; the fields behind it are counted from 3 (proc(5)): utime is 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

export type Memory = { readonly residentMb: number; readonly peakMb: number }

export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mb = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024
  return { residentMb: mb('VmRSS'), peakMb: mb('VmHWM') }
}
