import type { EventOf } from '#domain/events.ts'
import { apiKey } from '#domain/identity/api-key.ts'
import type { Daybook } from '../../composition.ts'

export interface ListedApiKey {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly prefix: string
  readonly status: 'active' | 'expired' | 'revoked'
  readonly issuedAt: string
  readonly issuedBy: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
}

type Found = Pick<Daybook, 'apiKeys' | 'handler' | 'clock'>

/** No key has more events than its issue and its revocation. */
const EVENTS_OF_KEY = 2

/**
 * The keys of an organisation, the newest first, from the log itself: nobody need be following it with
 * read models while this is asked.
 */
export async function findApiKeys(
  daybook: Found,
  organisation: string,
): Promise<readonly ListedApiKey[]> {
  const ids = await daybook.apiKeys.idsOf(organisation)
  const used = await daybook.apiKeys.lastUsed(organisation, ids)
  const found: ListedApiKey[] = []
  for (const id of ids) {
    const key = await findApiKey(daybook, organisation, id)
    if (key !== undefined) found.push({ ...key, lastUsedAt: used.get(id) ?? null })
  }
  return found.toSorted((a, b) => (a.issuedAt < b.issuedAt ? 1 : -1))
}

/** Undefined when a hash was kept and no key was issued. */
async function findApiKey({ handler, clock }: Found, organisation: string, id: string) {
  const [issued, revoked] = await handler.history(apiKey, organisation, id, EVENTS_OF_KEY)
  if (issued?.type !== 'ApiKeyIssued') return undefined
  const { name, role, scopes, prefix, expiresAt = null } = issued.data
  return {
    id,
    name,
    role,
    scopes,
    prefix,
    status: statusAt(clock(), issued.data, revoked !== undefined),
    issuedAt: issued.metadata.recordedAt,
    issuedBy: issued.metadata.actor,
    expiresAt,
    revokedAt: revoked?.metadata.recordedAt ?? null,
  }
}

function statusAt(
  now: string,
  { expiresAt }: EventOf<'ApiKeyIssued'>['data'],
  isRevoked: boolean,
): ListedApiKey['status'] {
  if (isRevoked) return 'revoked'
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active'
}
