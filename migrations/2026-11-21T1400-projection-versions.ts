import { type Kysely, sql } from 'kysely'

/**
 * Tables that a rebuild replaced are followed like the live ones until they are dropped, and what was
 * done with tables is on record.
 */
export async function up(db: Kysely<never>): Promise<void> {
  // Since when the tables are where they are: live, or kept.
  await sql`alter table daybook.projection add column since timestamptz not null default now()`.execute(
    db,
  )
  // The version that somebody took back: it is not built again by itself. Rows named after a schema of
  // kept tables tell of their loop.
  await sql`alter table daybook.projection_loop add column rolled_back_from integer`.execute(db)

  await sql`
    create table daybook.projection_history (
      id bigint generated always as identity primary key,
      name text not null,
      at timestamptz not null default now(),
      -- rebuilt, failed, cancelled, rolled_back, dropped.
      action text not null,
      -- Who asked for it: no actor, the program itself; no organisation, somebody at the machine.
      organisation text,
      actor text,
      -- Of the tables that were live before and after; of those dropped.
      from_version integer,
      to_version integer,
      -- Of the log, up to which the tables had come.
      ordinal bigint not null,
      -- How the tables compared with those they replaced, without any row of theirs.
      compared json,
      -- Why it failed.
      reason text
    )`.execute(db)
  await sql`create index on daybook.projection_history (name, id)`.execute(db)

  // Tables kept until now stood still; from here on they are followed under a name that fits either way.
  await sql`
    do $$
    declare
      kept record;
    begin
      for kept in select schema_name, name from daybook.projection where schema_name = name || '__previous' loop
        update daybook.projection set schema_name = kept.name || '__kept' where schema_name = kept.schema_name;
        execute format('alter schema %I rename to %I', kept.schema_name, kept.name || '__kept');
      end loop;
    end $$`.execute(db)
}
