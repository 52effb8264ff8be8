// The part of the run that looks: every list, view and export, as text and as JSON.
import type { SecretScene } from './scene.ts'

export async function lookAtEverything({ cli, api }: SecretScene): Promise<void> {
  const views: readonly (readonly string[])[] = [
    ['status'],
    ['node', 'list'],
    ['node', 'show', 'by-stdin'],
    ['node', 'show', 'proxied'],
    ['node', 'key', 'list', 'by-stdin'],
    ['node', 'presets'],
    ['pool', 'list'],
    ['pool', 'show', 'by-stdin'],
    ['key', 'list'],
    ['settings', 'list'],
    ['settings', 'get', 'globalProxyUrl'],
    ['vault', 'status'],
    ['explain', '--model', 'claude-opus-5-5', '--pool', 'by-stdin'],
    ['tail', '--once', '--recent', '1000'],
  ]
  for (const args of views) {
    await cli(args, { here: true })
    await cli([...args, '--json'], { here: true })
  }
  const paths = [
    '/status',
    '/nodes',
    '/nodes/by-stdin',
    '/pools',
    '/client-keys',
    '/settings',
    '/vault',
    '/presets',
    '/exchanges?limit=1000',
    '/decisions?limit=1000',
    '/explain?model=m&pool=by-api',
    '/openapi.json',
    '/nothing',
  ]
  for (const path of paths) await api('GET', path)
}
