import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * What was done with the installation waits here for its event, in the transaction that did it: the log
 * may be elsewhere, or not to be written just then. And the configuration that each role was started with
 * last, which the next start is compared with.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table daybook.maintenance_outbox (
      id bigint generated always as identity primary key,
      -- The event's: found in the log again, it is not recorded twice.
      command_id uuid not null default gen_random_uuid(),
      at timestamptz not null default clock_timestamp(),
      -- No actor: the program itself.
      actor text,
      type text not null,
      data jsonb not null
    )`.execute(db)
  await sql`
    create table daybook.configuration (
      role text primary key,
      settings jsonb not null
    )`.execute(db)
  await sql`grant select, insert, delete on daybook.maintenance_outbox to ${sql.raw(writer)}`.execute(
    db,
  )
  await sql`grant select, insert, update on daybook.configuration to ${sql.raw(writer)}`.execute(db)
}
