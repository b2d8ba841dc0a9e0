import type pg from 'pg'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Place, ProjectionFailure, ProjectionState } from './projection-engine.ts'
import { type Checkpoint, type CheckpointRow, checkpointOf } from './registry.ts'
import { FOLLOWED, schemaName } from './schema-name.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** What the database knows of one projection: what is wanted, and its tables. */
export interface KnownState {
  readonly name: string
  readonly started: boolean
  /** The version that somebody took back. */
  readonly rolledBackFrom: number | undefined
  readonly live: KnownTables
  readonly kept: KnownTables
}

/** Live or kept tables, where there are any, and who follows the log with them. */
export interface KnownTables {
  readonly checkpoint: Checkpoint | undefined
  readonly owner: string | undefined
  readonly state: ProjectionState
  readonly waitsFor: string | undefined
  readonly failure: ProjectionFailure | undefined
  readonly heartbeat: string | undefined
  /** Since the last heartbeat, by the clock that all processes share; undefined when there was none. */
  readonly silentMs: number | undefined
}

interface StateRow {
  readonly name: string
  readonly slot: (typeof FOLLOWED)[number]
  readonly started: boolean
  readonly rolled_back_from: number | null
  readonly owner: string | null
  readonly state: ProjectionState
  readonly waits_for: string | null
  readonly failure: ProjectionFailure | null
  readonly heartbeat: string | null
  readonly silent_ms: number | null
  readonly checkpoint: CheckpointRow | null
}

/** Makes the projections known; nothing happens to those that are. */
export async function introduce(client: Queryable, names: readonly string[]): Promise<void> {
  const all = names.flatMap((name) => FOLLOWED.map((slot) => schemaName(name, slot)))
  await client.query(
    `insert into daybook.projection_loop (name) select unnest($1::text[]) on conflict do nothing`,
    [all],
  )
}

export async function readStates(
  client: Queryable,
  names: readonly string[],
): Promise<ReadonlyMap<string, KnownState>> {
  const places = names.flatMap((name) => FOLLOWED.map((slot) => ({ name, slot })))
  // Columns of a checkpoint as a JSON object; numbers of 64 bits as text.
  const { rows } = await client.query<StateRow>(
    `select n.name, n.slot, coalesce(l.started, true) as started, l.rolled_back_from, l.owner,
       coalesce(l.state, 'stopped') as state, l.waits_for, l.failure, l.heartbeat,
       (extract(epoch from clock_timestamp() - l.heartbeat) * 1000)::float8 as silent_ms,
       case when p.schema_name is null then null else json_build_object(
         'version', p.version, 'fingerprint', p.fingerprint, 'position', p.position,
         'ordinal', p.ordinal::text, 'recorded_at', p.recorded_at, 'epoch', p.epoch::text,
         'since', to_char(p.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
       end as checkpoint
     from unnest($1::text[], $2::text[], $3::text[]) as n(name, slot, schema_name)
     left join daybook.projection_loop l on l.name = n.schema_name
     left join daybook.projection p on p.schema_name = n.schema_name`,
    [
      places.map(({ name }) => name),
      places.map(({ slot }) => slot),
      places.map(({ name, slot }) => schemaName(name, slot)),
    ],
  )
  const live = rows.filter(({ slot }) => slot === 'live')
  return new Map(
    live.map((row) => {
      const kept = rows.find(({ name, slot }) => name === row.name && slot === 'kept')
      return [
        row.name,
        {
          name: row.name,
          started: row.started,
          rolledBackFrom: row.rolled_back_from ?? undefined,
          live: tablesOf(row),
          kept: tablesOf(kept ?? { ...row, checkpoint: null }),
        },
      ]
    }),
  )
}

function tablesOf(row: StateRow): KnownTables {
  return {
    checkpoint: row.checkpoint === null ? undefined : checkpointOf(row.checkpoint),
    owner: row.owner ?? undefined,
    state: row.state,
    waitsFor: row.waits_for ?? undefined,
    failure: row.failure ?? undefined,
    heartbeat: row.heartbeat ?? undefined,
    silentMs: row.silent_ms ?? undefined,
  }
}

/** What a process says about the tables that it follows the log with. */
export interface Sign {
  readonly schema: string
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
     from json_to_recordset($2) as s(schema text, state text, "waitsFor" text, "ageMs" float8)
     where l.name = s.schema`,
    [owner, JSON.stringify(signs)],
  )
}

/** The process follows them no longer. */
export async function writeLetGo(
  client: Queryable,
  owner: string,
  schemas: readonly string[],
): Promise<void> {
  await client.query(
    `update daybook.projection_loop set owner = null, state = 'stopped', waits_for = null
     where name = any($2) and owner = $1`,
    [owner, schemas],
  )
}

export async function writeFailure(
  client: Queryable,
  schema: string,
  failure: ProjectionFailure | undefined,
): Promise<void> {
  await client.query('update daybook.projection_loop set failure = $2 where name = $1', [
    schema,
    failure === undefined ? null : JSON.stringify(failure),
  ])
}

/** Wanted or not from here on, with what is kept; failures are forgotten either way. */
export async function writeStarted(
  client: Queryable,
  name: string,
  started: boolean,
): Promise<void> {
  await client.query(
    'update daybook.projection_loop set started = $2, failure = null where name = any($1)',
    [FOLLOWED.map((slot) => schemaName(name, slot)), started],
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
