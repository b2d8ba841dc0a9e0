import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * Several master keys side by side: each wrapped key says by the fingerprint of which it is wrapped. No
 * migration knows a master key, so that what was wrapped until now says nothing: it is under the first,
 * whose fingerprint the first start writes down.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`alter table daybook.subject_key add column master_key text collate "C"`.execute(db)
  await sql`
    create table daybook.master_key (
      only_row boolean primary key default true check (only_row),
      -- Fingerprint of the one that new keys are wrapped under. Whoever writes wrapped keys shares this row
      -- until they are committed, so that a rotation comes before or after them.
      in_use text collate "C" not null,
      -- Of the one that wrapped what says no fingerprint.
      first text collate "C" not null
    )`.execute(db)
  await sql`
    create table daybook.key_history (
      id bigint generated always as identity primary key,
      at timestamptz not null default now(),
      -- first, rotated, rewrap_began, rewrapped, dropped.
      action text not null,
      -- No actor: the program itself.
      actor text,
      -- Fingerprints.
      from_key text collate "C",
      to_key text collate "C",
      -- How many were wrapped anew, or are to be.
      keys bigint
    )`.execute(db)
  await sql`grant select, insert, update on daybook.master_key to ${sql.raw(writer)}`.execute(db)
  await sql`grant select, insert on daybook.key_history to ${sql.raw(writer)}`.execute(db)
}
