import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * The keys of the people that events speak of, wrapped by the master key. A row without a wrapped key
 * says that the key was destroyed; a missing row is an error. Rows are never deleted.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table daybook.subject_key (
      -- organisation/subject
      subject text collate "C" primary key,
      wrapped bytea,
      created_at timestamptz not null default now(),
      destroyed_at timestamptz,
      check ((wrapped is null) = (destroyed_at is not null))
    )`.execute(db)
  await sql`grant select, insert, update on daybook.subject_key to ${sql.raw(writer)}`.execute(db)
}
