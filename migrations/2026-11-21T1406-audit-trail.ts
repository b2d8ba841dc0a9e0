import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * Commands that were refused, sign-ins that failed, and looks into the log. None of it is an event:
 * nothing happened to the books. Nothing personal stands here, and no bodies.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table daybook.refusal (
      id bigint generated always as identity primary key,
      -- Of the first, where several are counted together.
      at timestamptz not null,
      -- Empty when nobody knows who called.
      organisation text collate "C" not null,
      actor text,
      role text,
      method text not null,
      -- The route's pattern, without what stood in its place.
      route text not null,
      code text not null,
      status integer not null,
      command_id text,
      -- Keyed hash of the Idempotency-Key, which callers choose and which may therefore say anything.
      key_hash text,
      request_id text,
      facts json,
      fields json,
      -- More than one when there were too many to keep each.
      count bigint not null,
      last_at timestamptz not null
    )`.execute(db)
  await sql`create index on daybook.refusal (organisation, id)`.execute(db)
  await sql`
    create table daybook.access (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      organisation text collate "C" not null,
      actor text,
      role text,
      method text not null,
      route text not null,
      status integer not null,
      -- Parameters of path and query.
      asked json,
      -- How many were answered; null when it was refused or broken off before the first.
      rows bigint,
      request_id text,
      count bigint not null,
      last_at timestamptz not null
    )`.execute(db)
  await sql`create index on daybook.access (organisation, id)`.execute(db)
  await sql`grant select, insert, delete on daybook.refusal, daybook.access
    to ${sql.raw(writer)}`.execute(db)
}
