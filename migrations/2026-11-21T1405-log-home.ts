import { type Kysely, sql } from 'kysely'
import { roleNames } from './role-names.ts'

/**
 * Where the log of this installation is, and the fence that holds writers back while it moves. What is
 * appended to the log in this database passes the fence under the lock of appends, so that nobody gets by,
 * not even a process that began before. Writers to an EventStoreDB hold a lease here instead, since no
 * such lock exists there.
 */
export async function up(db: Kysely<never>): Promise<void> {
  const { writer } = await roleNames(db)
  await sql`
    create table log.home (
      only_row boolean primary key default true check (only_row),
      -- Tells two databases apart, together with their names.
      id uuid not null default gen_random_uuid(),
      -- Null until a program has said where its log is; elsewhere: in another PostgreSQL.
      holder text check (holder in ('postgres', 'eventstoredb', 'elsewhere')),
      -- The same for people, without user and password.
      place text,
      -- Where a copy is on its way to: programs configured for it wait.
      next text check (next in ('postgres', 'eventstoredb')),
      -- A fence falls by itself, should whoever raised it die.
      fenced_until timestamptz
    )`.execute(db)
  await sql`insert into log.home default values`.execute(db)
  await sql`
    create table log.writer (
      id uuid primary key,
      owner text not null,
      renewed_at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql.raw(refuseWhenClosed).execute(db)
  await sql.raw(renewWriter).execute(db)
  for (const append of [appendEvent, appendKnown, appendChecked]) await sql.raw(append).execute(db)
  await sql`grant select on log.home to ${sql.raw(writer)}`.execute(db)
  await sql`grant select, update, delete on log.writer to ${sql.raw(writer)}`.execute(db)
  await sql`grant execute on function log.renew_writer(uuid, text) to ${sql.raw(writer)}`.execute(
    db,
  )
}

/** A copy passes: it says so in a setting of its session. */
const refuseWhenClosed = `
create function log.refuse_when_closed() returns void language plpgsql as $$
declare
  home log.home;
begin
  select * into home from log.home;
  if (home.holder is null or home.holder = 'postgres')
    and (home.fenced_until is null or home.fenced_until < clock_timestamp()) then
    return;
  end if;
  if current_setting('daybook.copies_log', true) = 'on' then
    return;
  end if;
  if home.holder <> 'postgres' then
    raise exception 'the log has moved' using errcode = 'DL002', detail = coalesce(home.place, '');
  end if;
  raise exception 'the log is being moved' using errcode = 'DL001';
end $$`

/** Answers what of the log's home matters; the lease was renewed when the log is in EventStoreDB and open. */
const renewWriter = `
create function log.renew_writer(writer uuid, owner text)
returns table (holder text, place text, fenced boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  home log.home;
  is_fenced boolean;
begin
  -- Whoever moves the log holds this row until the move is over.
  select * into home from log.home for share;
  is_fenced := coalesce(home.fenced_until > clock_timestamp(), false);
  if not is_fenced and (home.holder is null or home.holder = 'eventstoredb') then
    insert into log.writer as w (id, owner) values (renew_writer.writer, renew_writer.owner)
    on conflict (id) do update set renewed_at = clock_timestamp();
  end if;
  return query select home.holder, home.place, is_fenced;
end $$`

const appendEvent = `
create or replace function log.append_event(
  stream text, revision integer, id uuid, type text, data text, metadata text
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  perform log.refuse_when_closed();
  select coalesce(max(e.position), 0) + 1 into last from log.events e;
  insert into log.events values (last, stream, revision, id, type, data, metadata);
  perform pg_notify('daybook_log', last::text);
  return last;
end $$`

const appendKnown = `
create or replace function log.append_known(
  streams text[], revisions integer[], ids uuid[], types text[], data text[], metadata text[]
) returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  perform log.refuse_when_closed();
  select coalesce(max(e.position), 0) into last from log.events e;
  insert into log.events
  select last + n, streams[n], revisions[n], ids[n], types[n], data[n], metadata[n]
  from generate_series(1, cardinality(streams)) as n;
  last := last + cardinality(streams);
  perform pg_notify('daybook_log', last::text);
  return last;
end $$`

const appendChecked = `
create or replace function log.append_checked(
  streams text[], revisions integer[], ids uuid[], types text[], data text[], metadata text[]
) returns table (stream text, revision integer, "position" bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  before bigint;
  last bigint;
begin
  perform pg_advisory_xact_lock(4242, 1);
  perform log.refuse_when_closed();
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
