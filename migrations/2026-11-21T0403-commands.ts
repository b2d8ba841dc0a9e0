import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * What commands and processes keep for themselves. A kept state saves folding a long stream from its
 * start and may be thrown away at any time; a process's checkpoint says which events it has reacted to.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table daybook.kept_state (
      stream text collate "C" primary key,
      revision integer not null,
      state_version integer not null,
      -- What is personal in it stands here encrypted, as it does in events.
      state json not null,
      kept_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table daybook.process_checkpoint (
      process text primary key,
      position text,
      epoch bigint not null default 0,
      state text not null default 'new',
      stopped_reason json,
      heartbeat timestamptz
    )`.execute(db)
  await sql`grant select, insert, update, delete on daybook.kept_state, daybook.process_checkpoint
    to ${sql.raw(writer)}`.execute(db)
  // How far the outcomes of commands are folded.
  await sql`grant select on daybook.projection to ${sql.raw(writer)}`.execute(db)
}
