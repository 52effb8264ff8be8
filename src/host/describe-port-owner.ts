// Who holds a port that we wanted: asked over HTTP, then looked up in /proc, for the sentence the user gets.
import { readdir, readFile, readlink } from 'node:fs/promises'
import { z } from 'zod'
import { speak } from '../shared/text/speak.ts'
import type { Spoken } from '../shared/text/spoken.ts'

const HEALTH_TIMEOUT_MS = 1000
/** State of a listening socket in /proc/net/tcp (Linux include/net/tcp_states.h). */
const LISTENING = '0A'

export type PortOwner =
  | { readonly kind: 'switchyard'; readonly pid: number | null }
  | { readonly kind: 'program'; readonly pid: number; readonly name: string }
  | { readonly kind: 'unknown' }

/** Never rejects: an owner that cannot be found is `unknown`. */
export async function findPortOwner(port: number): Promise<PortOwner> {
  const [health, program] = await Promise.all([askHealth(port), findProgram(port)])
  if (health !== null) return { kind: 'switchyard', pid: health.pid ?? program?.pid ?? null }
  return program === null ? { kind: 'unknown' } : { kind: 'program', ...program }
}

/** `option` is how another port is chosen. */
export function portInUse(owner: PortOwner, { port, option }: { port: number; option: string }): Spoken {
  switch (owner.kind) {
    case 'switchyard':
      return owner.pid === null
        ? speak('port-of-switchyard', { port, option })
        : speak('port-of-switchyard-with-pid', { port, option, pid: owner.pid })
    case 'program':
      return speak('port-of-program', { port, option, program: owner.name, pid: owner.pid })
    case 'unknown':
      return speak('port-in-use', { port, option })
  }
}

const healthSchema = z.object({ product: z.literal('switchyard'), pid: z.int().min(1).optional() })

async function askHealth(port: number): Promise<z.infer<typeof healthSchema> | null> {
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS)
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal, redirect: 'manual' })
    const parsed = healthSchema.safeParse(await response.json())
    return parsed.success ? parsed.data : null
  } catch {
    // Whatever it is, it is not a Switchyard that works.
    return null
  }
}

type Program = { readonly pid: number; readonly name: string }

/** Linux only, and only programs this user may look into. */
async function findProgram(port: number): Promise<Program | null> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return null
  const targets = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  for (const entry of await listOrNone('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    for (const descriptor of await listOrNone(`/proc/${entry}/fd`)) {
      const target = await readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '')
      if (targets.has(target)) return { pid: Number(entry), name: await programName(entry) }
    }
  }
  return null
}

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readOrEmpty(path)))
  const inodes = tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hexPort}`) === true && state === LISTENING)
    .flatMap((fields) => fields[9] ?? [])
  return new Set(inodes)
}

async function programName(pid: string): Promise<string> {
  const name = (await readOrEmpty(`/proc/${pid}/comm`)).trim()
  return name === '' ? 'a program' : name
}

async function listOrNone(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => [])
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
