import { z } from 'zod'
import { apiKeyRole } from '#domain/identity/api-key.ts'
import type { ApiKeyRow } from '#projections/identity/api-keys.ts'

export const apiKeyFields = {
  id: z.string(),
  name: z.string(),
  role: apiKeyRole,
  scopes: z.array(z.string()).describe('Permissions: all that the key may do.'),
  prefix: z.string().describe('How the key begins.'),
  expiresAt: z.string().nullable().describe('From then on it is no key any more.'),
}

export const apiKeyOut = z
  .strictObject({
    ...apiKeyFields,
    status: z.enum(['active', 'expired', 'revoked']),
    lastUsedAt: z.string().nullable().describe('To the minute or so; null when it was never used.'),
    issuedAt: z.string(),
    issuedBy: z.string(),
    revokedAt: z.string().nullable(),
    revokedBy: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' })

/** As things stand at an instant. */
export function apiKeyView(
  row: ApiKeyRow,
  now: string,
  lastUsedAt: string | undefined,
): z.output<typeof apiKeyOut> {
  return {
    id: row.api_key_id,
    name: row.name,
    role: row.role,
    scopes: [...row.scopes],
    prefix: row.prefix,
    expiresAt: row.expires_at,
    status: statusAt(row, now),
    lastUsedAt: lastUsedAt ?? null,
    issuedAt: row.issued_at,
    issuedBy: row.issued_by,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  }
}

function statusAt({ revoked_at, expires_at }: ApiKeyRow, now: string) {
  if (revoked_at !== null) return 'revoked'
  return expires_at !== null && Date.parse(expires_at) <= Date.parse(now) ? 'expired' : 'active'
}
