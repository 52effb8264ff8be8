// Presented key → client. A key that memory does not know may have been made a moment ago: the database is asked once.
import { hash, timingSafeEqual } from 'node:crypto'
import type { HashedClientKey } from '../../shared/model/client-key.ts'
import { ProxyError } from '../proxy-error.ts'
import type { Registry } from '../registry/registry.ts'
import type { WrongKeys } from './wrong-keys.ts'

export type Authentication = { readonly registry: Registry; readonly wrongKeys: WrongKeys }

/** Throws key-missing or key-unknown. Whether the key may be used is admitKey's question. Right keys are never slowed. */
export async function authenticate(
  presented: string | null,
  { registry, wrongKeys }: Authentication,
): Promise<HashedClientKey> {
  if (presented === null || presented === '') {
    throw new ProxyError(
      'key-missing',
      'no client key was sent. Give the tool a key of `switchyard key create` as its API key (ANTHROPIC_AUTH_TOKEN, OPENAI_API_KEY or GEMINI_API_KEY).',
      { shouldRetry: false },
    )
  }
  const digest = hash('sha256', presented, 'hex')
  const known = find(registry, digest) ?? (await findAfterRefresh(registry, digest, wrongKeys))
  if (known === null) {
    await wrongKeys.slowDown()
    throw new ProxyError(
      'key-unknown',
      'this client key is not known here. It may have been revoked; make one with `switchyard key create`.',
      { shouldRetry: false },
    )
  }
  return known
}

function find(registry: Registry, digest: string): HashedClientKey | null {
  const known = registry.clientKey(digest)
  // The map's own comparison is not constant in time; what it found is compared again by digest.
  return known !== null && timingSafeEqual(Buffer.from(known.sha256), Buffer.from(digest)) ? known : null
}

/** A flood of wrong keys must not become a flood of database reads: past the limit memory alone answers. */
async function findAfterRefresh(
  registry: Registry,
  digest: string,
  wrongKeys: WrongKeys,
): Promise<HashedClientKey | null> {
  if (!wrongKeys.count()) return null
  try {
    await registry.refresh()
  } catch {
    // The database does not answer: memory's answer, "unknown", stands.
    return null
  }
  return find(registry, digest)
}
