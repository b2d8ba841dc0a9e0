import { type Kysely, sql } from 'kysely'

/**
 * Where each projection stands, and who works on it. Rows that change with every batch leave room on
 * their page, so that no index has to follow.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // One row per schema: the live one, the one being rebuilt and the one kept after a swap each have
  // their own checkpoint, moved in the statement that writes their rows.
  await sql`
    create table daybook.projection (
      schema_name text primary key,
      name text not null,
      version integer not null,
      -- Of the definition that its tables were made by.
      fingerprint text not null,
      -- Of the last event considered, as its store writes positions; null before the first.
      position text,
      -- How many events of the log have been considered.
      ordinal bigint not null default 0,
      -- When the last of them was recorded.
      recorded_at timestamptz,
      -- Raised by each new owner: a stalled former owner can no longer write.
      epoch bigint not null default 0
    ) with (fillfactor = 20)`.execute(db)
  await sql`create index on daybook.projection (name)`.execute(db)

  await sql`
    create table daybook.projection_context (
      schema_name text not null references daybook.projection on delete cascade on update cascade,
      organisation text not null,
      -- How many events of the organisation have been considered.
      ordinal bigint not null,
      -- What folds may know of it at that point.
      context json not null,
      primary key (schema_name, organisation)
    ) with (fillfactor = 50)`.execute(db)

  // One row per projection: what is wanted of the loop that follows the log, and how it is.
  await sql`
    create table daybook.projection_loop (
      name text primary key,
      -- False when someone asked it to stand still.
      started boolean not null default true,
      -- The process that follows the log for it.
      owner text,
      state text not null default 'stopped',
      waits_for text,
      -- What stopped it: the event, and why it could not be folded.
      failure json,
      heartbeat timestamptz
    ) with (fillfactor = 50)`.execute(db)

  // The rebuild under way, or the last one, of each projection.
  await sql`
    create table daybook.projection_rebuild (
      name text primary key,
      progress json not null,
      cancel_asked boolean not null default false
    ) with (fillfactor = 20)`.execute(db)
}
