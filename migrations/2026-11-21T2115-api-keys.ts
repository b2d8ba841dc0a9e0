import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * Hashes of API keys, which are kept out of the log. What a key may do, until when, and whether it was
 * revoked, the log says; a hash whose key the log does not know opens nothing.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`create schema if not exists identity`.execute(db)
  await sql`grant usage on schema identity to ${sql.raw(writer)}`.execute(db)
  await sql`
    create table identity.api_key (
      -- SHA-256 in hexadecimal.
      hash text collate "C" primary key,
      organisation text collate "C" not null,
      api_key_id text collate "C" not null,
      kept_at timestamptz not null default now(),
      -- To the minute or so; null when it never was.
      last_used_at timestamptz
    )`.execute(db)
  await sql`create index on identity.api_key (organisation, api_key_id)`.execute(db)
  await sql`grant select, insert, update, delete on identity.api_key to ${sql.raw(writer)}`.execute(
    db,
  )
}
