import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * Accepted commands that changed nothing, such as a credit limit set to what it was: the log has no event
 * of them, and what was answered the first time is answered when they are sent again.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table daybook.unchanged_outcome (
      organisation text collate "C",
      command_id text collate "C",
      stream text collate "C",
      revision integer not null,
      body_hash text not null,
      kept_at timestamptz not null default now(),
      primary key (organisation, command_id, stream)
    )`.execute(db)
  await sql`grant select, insert on daybook.unchanged_outcome to ${sql.raw(writer)}`.execute(db)
}
