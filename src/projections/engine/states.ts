import type pg from 'pg'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Place, ProjectionFailure, ProjectionState } from './projection-engine.ts'
import { type Checkpoint, type CheckpointRow, checkpointOf } from './registry.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** What the database knows of one projection: what is wanted, who follows it, and its tables. */
export interface KnownState {
  readonly name: string
  readonly started: boolean
  readonly owner: string | undefined
  readonly state: ProjectionState
  readonly waitsFor: string | undefined
  readonly failure: ProjectionFailure | undefined
  readonly heartbeat: string | undefined
  /** Since the last heartbeat, by the clock that all processes share; undefined when there was none. */
  readonly silentMs: number | undefined
  readonly live: Checkpoint | undefined
  readonly previous: Checkpoint | undefined
}

interface StateRow {
  readonly name: string
  readonly started: boolean
  readonly owner: string | null
  readonly state: ProjectionState
  readonly waits_for: string | null
  readonly failure: ProjectionFailure | null
  readonly heartbeat: string | null
  readonly silent_ms: number | null
  readonly live: CheckpointRow | null
  readonly previous: CheckpointRow | null
}

/** Makes the projections known; nothing happens to those that are. */
export async function introduce(client: Queryable, names: readonly string[]): Promise<void> {
  await client.query(
    `insert into daybook.projection_loop (name) select unnest($1::text[]) on conflict do nothing`,
    [names],
  )
}

/** Columns of a checkpoint as a JSON object; numbers of 64 bits as text. */
const asJson = (alias: string): string => `case when ${alias}.schema_name is null then null
  else json_build_object('version', ${alias}.version, 'fingerprint', ${alias}.fingerprint,
    'position', ${alias}.position, 'ordinal', ${alias}.ordinal::text,
    'recorded_at', ${alias}.recorded_at, 'epoch', ${alias}.epoch::text) end`

export async function readStates(
  client: Queryable,
  names: readonly string[],
): Promise<ReadonlyMap<string, KnownState>> {
  const { rows } = await client.query<StateRow>(
    `select n.name, coalesce(l.started, true) as started, l.owner, coalesce(l.state, 'stopped') as state,
       l.waits_for, l.failure, l.heartbeat,
       (extract(epoch from clock_timestamp() - l.heartbeat) * 1000)::float8 as silent_ms,
       ${asJson('live')} as live, ${asJson('previous')} as previous
     from unnest($1::text[]) as n(name)
     left join daybook.projection_loop l on l.name = n.name
     left join daybook.projection live on live.schema_name = n.name
     left join daybook.projection previous on previous.schema_name = n.name || '__previous'`,
    [names],
  )
  return new Map(
    rows.map((row) => [
      row.name,
      {
        name: row.name,
        started: row.started,
        owner: row.owner ?? undefined,
        state: row.state,
        waitsFor: row.waits_for ?? undefined,
        failure: row.failure ?? undefined,
        heartbeat: row.heartbeat ?? undefined,
        silentMs: row.silent_ms ?? undefined,
        live: row.live === null ? undefined : checkpointOf(row.live),
        previous: row.previous === null ? undefined : checkpointOf(row.previous),
      },
    ]),
  )
}

/** What a process says about the projections that it follows. */
export interface Sign {
  readonly name: string
  readonly state: ProjectionState
  readonly waitsFor: string | undefined
  /** Of its last heartbeat: the clocks of machines differ. */
  readonly ageMs: number
}

export async function writeSigns(
  client: Queryable,
  owner: string,
  signs: readonly Sign[],
): Promise<void> {
  await client.query(
    `update daybook.projection_loop l
     set owner = $1, state = s.state, waits_for = s."waitsFor",
       heartbeat = clock_timestamp() - s."ageMs" * interval '1 millisecond'
     from json_to_recordset($2) as s(name text, state text, "waitsFor" text, "ageMs" float8)
     where l.name = s.name`,
    [owner, JSON.stringify(signs)],
  )
}

/** The process follows them no longer. */
export async function writeLetGo(
  client: Queryable,
  owner: string,
  names: readonly string[],
): Promise<void> {
  await client.query(
    `update daybook.projection_loop set owner = null, state = 'stopped', waits_for = null
     where name = any($2) and owner = $1`,
    [owner, names],
  )
}

export async function writeFailure(
  client: Queryable,
  name: string,
  failure: ProjectionFailure | undefined,
): Promise<void> {
  await client.query('update daybook.projection_loop set failure = $2 where name = $1', [
    name,
    failure === undefined ? null : JSON.stringify(failure),
  ])
}

/** Wanted or not from here on; a failure is forgotten either way. */
export async function writeStarted(
  client: Queryable,
  name: string,
  started: boolean,
): Promise<void> {
  await client.query(
    'update daybook.projection_loop set started = $2, failure = null where name = $1',
    [name, started],
  )
}

/** Where the live tables are, for whoever does not follow them; those that are not there are left out. */
export async function readPlaces(
  client: Pick<pg.Pool, 'query'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
  const { rows } = await client.query<{ name: string; position: Position | null; ordinal: string }>(
    'select schema_name as name, position, ordinal from daybook.projection where schema_name = any($1)',
    [names],
  )
  return new Map(
    rows.map(({ name, position, ordinal }) => [
      name,
      { position: position ?? undefined, ordinal: Number(ordinal) },
    ]),
  )
}

/** True when the log is not in a store of this kind any more: whoever follows such a one has to let go. */
export async function isLogElsewhere(
  client: Queryable,
  kind: EventStore['kind'],
): Promise<boolean> {
  const { rows } = await client.query('select from log.home where holder <> $1', [kind])
  return rows.length > 0
}
