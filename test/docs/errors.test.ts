import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { proxyErrors } from '../../src/engine/proxy-error.ts'

test('docs/errors.md lists every error of ours with its status, and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)])
  expect(listed).toEqual(Object.entries(proxyErrors).map(([code, { status }]) => [code, status]))
})
