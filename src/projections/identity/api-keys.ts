import type { EventOf } from '#domain/events.ts'
import { concerning, type Projection, table } from '../engine/projection.ts'

/** All that the log says of a key. */
export type ApiKeyRow = {
  readonly api_key_id: string
  readonly name: string
  readonly role: EventOf<'ApiKeyIssued'>['data']['role']
  /** Names of permissions. */
  readonly scopes: readonly string[]
  readonly prefix: string
  readonly expires_at: string | null
  readonly issued_at: string
  readonly issued_by: string
  readonly revoked_at: string | null
  readonly revoked_by: string | null
  /** Of the key's stream. */
  readonly revision: number
  /** The organisation's ordinal of the issue: newer keys have higher ones. */
  readonly ordinal: string
}

type OfApiKey = { readonly data: { readonly apiKeyId: string } }

const byApiKey = ({ data }: OfApiKey): readonly Partial<ApiKeyRow>[] => [
  { api_key_id: data.apiKeyId },
]

const apiKey = table<ApiKeyRow>({
  name: 'api_key',
  columns: {
    api_key_id: { type: 'text' },
    name: { type: 'text', personal: 'api_key_id' },
    role: { type: 'text' },
    scopes: { type: 'jsonb' },
    prefix: { type: 'text' },
    expires_at: { type: 'timestamptz', nullable: true },
    issued_at: { type: 'timestamptz' },
    issued_by: { type: 'text' },
    revoked_at: { type: 'timestamptz', nullable: true },
    revoked_by: { type: 'text', nullable: true },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['api_key_id'],
  indexes: [['ordinal']],
  madeBy: ({ api_key_id: id }) => concerning('api_key', id),
  on: {
    ApiKeyIssued: {
      keys: byApiKey,
      fold: (_, { data, metadata, revision, organisationOrdinal }) => ({
        api_key_id: data.apiKeyId,
        name: data.name,
        role: data.role,
        scopes: data.scopes,
        prefix: data.prefix,
        expires_at: data.expiresAt ?? null,
        issued_at: metadata.recordedAt,
        issued_by: metadata.actor,
        revoked_at: null,
        revoked_by: null,
        revision,
        ordinal: String(organisationOrdinal),
      }),
    },
    ApiKeyRevoked: {
      keys: byApiKey,
      fold: (row, { metadata, revision }) =>
        row && {
          ...row,
          revoked_at: metadata.recordedAt,
          revoked_by: metadata.actor,
          revision,
        },
    },
  },
})

/** The API keys of an organisation, those that were revoked with them. */
export const apiKeys: Projection = { name: 'api_keys', version: 1, tables: [apiKey] }
