// The proxy of the system, as it was when last looked at. Looking runs a program, so it is never done for a request.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '../host-error.ts'
import { environmentNamesProxy, readEnvironmentProxy } from './environment-proxy.ts'
import { readGnomeProxy } from './gnome-proxy.ts'
import { readMacosProxy } from './macos-proxy.ts'
import { type ProxyReading, straight } from './proxy-rules.ts'
import { readWindowsProxy } from './windows-proxy.ts'

export type SystemProxy = {
  readonly reading: () => ProxyReading
  /** Never rejects. Calls while one is under way share it. */
  readonly refresh: () => Promise<void>
}

/** Rejects as execFile does: code ENOENT when there is no such program. */
export type RunProgram = (file: string, programArguments: readonly string[]) => Promise<string>

export type SystemProxyOptions = {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly run?: RunProgram
}

type Source = {
  readonly file: string
  readonly programArguments: readonly string[]
  readonly read: (printed: string) => ProxyReading
}

const nothing: ProxyReading = { rules: straight, problems: [] }

export function createSystemProxy({ platform, environment, run = runProgram }: SystemProxyOptions): SystemProxy {
  const source = sourceOf(platform, environment)
  const ofEnvironment = environmentNamesProxy(environment) ? readEnvironmentProxy(environment) : null
  let reading = ofEnvironment ?? nothing
  let printed: string | null = null
  let missing = false
  let running: Promise<void> | null = null

  async function look(): Promise<void> {
    try {
      const text = await run(source.file, source.programArguments)
      // The same objects as long as nothing has changed: sockets are kept by them.
      if (text === printed) return
      printed = text
      const read = source.read(text)
      const silent = read.rules.https === null && read.rules.http === null && read.problems.length === 0
      reading = silent && ofEnvironment !== null ? ofEnvironment : read
    } catch (error) {
      missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      // A machine without a desktop has no settings of one, which is no problem.
      if (missing) return
      const problem = `The proxy settings of the system could not be read (${source.file}: ${firstLine(messageOf(error))}); what was known of them goes on, at the start: no proxy.`
      reading = { rules: reading.rules, problems: [problem] }
      printed = null
    }
  }

  return {
    reading: () => reading,
    refresh: () => {
      // On Linux the environment is the system's word: what a login sets, and all there is without a desktop.
      const settled = missing || (platform !== 'darwin' && platform !== 'win32' && ofEnvironment !== null)
      if (settled) return Promise.resolve()
      running ??= look().finally(() => {
        running = null
      })
      return running
    },
  }
}

function sourceOf(platform: NodeJS.Platform, environment: SystemProxyOptions['environment']): Source {
  switch (platform) {
    case 'darwin':
      return { file: '/usr/sbin/scutil', programArguments: ['--proxy'], read: readMacosProxy }
    case 'win32':
      return {
        file: `${environment['SystemRoot'] ?? 'C:\\Windows'}\\System32\\reg.exe`,
        programArguments: ['query', 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings'],
        read: readWindowsProxy,
      }
    default:
      return {
        file: 'gsettings',
        programArguments: ['list-recursively', 'org.gnome.system.proxy'],
        read: readGnomeProxy,
      }
  }
}

const PROGRAM_TIMEOUT_MS = 2000
const PRINTED_BYTES_MAX = 256 * 1024

async function runProgram(file: string, programArguments: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, [...programArguments], {
    timeout: PROGRAM_TIMEOUT_MS,
    maxBuffer: PRINTED_BYTES_MAX,
    windowsHide: true,
    encoding: 'utf8',
  })
  return stdout
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
