import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * The log. Positions are dense and in the order of commits: whoever appends takes one lock until its
 * transaction ends, and numbers what it adds from the last position on. A reader therefore never sees
 * an event behind which another may still appear, and a hole can only mean damage.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`create schema log`.execute(db)
  // JSON as text: it stays as it was written, and checking it once more would cost a sixth of an append.
  await sql`
    create table log.events (
      position bigint primary key,
      stream text collate "C" not null,
      revision integer not null,
      id uuid not null,
      type text collate "C" not null,
      data text not null,
      metadata text not null,
      unique (stream, revision)
    )`.execute(db)
  await sql.raw(refuseChange).execute(db)
  await sql`
    create trigger refuse_change before update or delete or truncate on log.events
    for each statement execute function log.refuse_change()`.execute(db)
  await sql.raw(appendEvent).execute(db)
  await sql.raw(appendKnown).execute(db)
  await sql.raw(appendChecked).execute(db)
  await sql`grant usage on schema log to ${sql.raw(writer)}`.execute(db)
  await sql`grant select on log.events to ${sql.raw(writer)}`.execute(db)
  await sql`
    grant execute on function
      log.append_event(text, integer, uuid, text, text, text),
      log.append_known(text[], integer[], uuid[], text[], text[], text[]),
      log.append_checked(text[], integer[], uuid[], text[], text[], text[])
    to ${sql.raw(writer)}`.execute(db)
}

const refuseChange = `
create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the log is appended to and never changed: % refused', tg_op using errcode = '42501';
end $$`

// All writers go through these functions, as their owner: one lock, then the last position, read by a
// statement of its own so that it sees what the previous holder of the lock committed.

/** One event, whose writer knows that it comes next in its stream. Answers its position. */
const appendEvent = `
create function log.append_event(
  stream text, revision integer, id uuid, type text, data text, metadata text
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  select coalesce(max(e.position), 0) + 1 into last from log.events e;
  insert into log.events values (last, stream, revision, id, type, data, metadata);
  perform pg_notify('daybook_log', last::text);
  return last;
end $$`

/**
 * Events whose writer knows that they come next in their streams: if one does not, the unique key
 * refuses them all. Answers the position of the last.
 */
const appendKnown = `
create function log.append_known(
  streams text[], revisions integer[], ids uuid[], types text[], data text[], metadata text[]
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  select coalesce(max(e.position), 0) into last from log.events e;
  insert into log.events
  select last + n, streams[n], revisions[n], ids[n], types[n], data[n], metadata[n]
  from generate_series(1, cardinality(streams)) as n;
  last := last + cardinality(streams);
  perform pg_notify('daybook_log', last::text);
  return last;
end $$`

/**
 * One request for each stream, each with a verdict of its own: added when the stream ends just before
 * the request's first revision; answered as the first time when its ids stand there already; refused
 * (without a position, with the stream's last revision) otherwise.
 */
const appendChecked = `
create function log.append_checked(
  streams text[], revisions integer[], ids uuid[], types text[], data text[], metadata text[]
) returns table (stream text, revision integer, "position" bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  before bigint;
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  select coalesce(max(e.position), 0) into before from log.events e;
  return query
  with request as (
    select r.stream, min(r.revision) - 1 as expected, max(r.revision) as last,
      array_agg(r.id order by r.revision) as event_ids,
      coalesce((select max(e.revision) from log.events e where e.stream = r.stream), -1) as actual
    from unnest(streams, revisions, ids) as r(stream, revision, id)
    group by r.stream
  ), added as (
    insert into log.events
    select before + row_number() over (order by n),
      streams[n], revisions[n], ids[n], types[n], data[n], metadata[n]
    from generate_series(1, cardinality(streams)) as n
    join request r on r.stream = streams[n] and r.actual = r.expected
    returning events.stream, events.revision, events.position
  )
  select r.stream, case when there.position is null then r.actual else r.last end, there.position
  from request r
  left join added a on a.stream = r.stream and a.revision = r.last
  cross join lateral (
    select coalesce(a.position, (
      select max(e.position) from log.events e
      where r.actual > r.expected and e.stream = r.stream and e.revision between r.expected + 1 and r.last
      having array_agg(e.id order by e.revision) = r.event_ids)) as position
  ) as there;
  select max(e.position) into last from log.events e;
  if last > before then
    perform pg_notify('daybook_log', last::text);
  end if;
end $$`
