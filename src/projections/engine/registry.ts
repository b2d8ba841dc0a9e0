import type pg from 'pg'
import type { Position } from '#log/event-store.ts'
import { isNotTakenOver } from './advisory-lock.ts'
import type { OrganisationPlace } from './ordinals.ts'
import type { OrganisationContext } from './organisation-context.ts'
import { type Slot, schemaName } from './schema-name.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** Where one schema of a projection stands. */
export interface Checkpoint {
  readonly version: number
  readonly fingerprint: string
  readonly position: Position | undefined
  readonly ordinal: number
  /** UTC instant at which the last event considered was recorded. */
  readonly recordedAt: string | undefined
  readonly epoch: string
  /** UTC instant since which the tables are where they are: live, or kept. */
  readonly since: string
}

export interface CheckpointRow {
  readonly version: number
  readonly fingerprint: string
  readonly position: string | null
  readonly ordinal: string
  readonly recorded_at: string | null
  readonly epoch: string
  readonly since: string
}

const COLUMNS = 'version, fingerprint, position, ordinal, recorded_at, epoch, since'

export function checkpointOf(row: CheckpointRow): Checkpoint {
  return {
    version: row.version,
    fingerprint: row.fingerprint,
    position: (row.position ?? undefined) as Position | undefined,
    ordinal: Number(row.ordinal),
    recordedAt: row.recorded_at ?? undefined,
    epoch: row.epoch,
    since: row.since,
  }
}

export async function readCheckpoint(
  client: Queryable,
  projection: string,
  slot: Slot,
): Promise<Checkpoint | undefined> {
  const { rows } = await client.query<CheckpointRow>(
    `select ${COLUMNS} from daybook.projection where schema_name = $1`,
    [schemaName(projection, slot)],
  )
  return rows[0] && checkpointOf(rows[0])
}

/** The same, held until the transaction ends: nobody can move or replace it meanwhile. */
export async function lockCheckpoint(
  client: Queryable,
  projection: string,
  slot: Slot,
): Promise<Checkpoint | undefined> {
  const { rows } = await client.query<CheckpointRow>(
    `select ${COLUMNS} from daybook.projection where schema_name = $1 for update`,
    [schemaName(projection, slot)],
  )
  return rows[0] && checkpointOf(rows[0])
}

/** Registers a schema that is empty so far, under an epoch that no other writer has. */
export async function registerSchema(
  client: Queryable,
  projection: string,
  slot: Slot,
  made: { readonly version: number; readonly fingerprint: string },
): Promise<Checkpoint> {
  const { rows } = await client.query<CheckpointRow>(
    `insert into daybook.projection (schema_name, name, version, fingerprint, epoch)
     values ($1, $2, $3, $4, (select coalesce(max(epoch), 0) + 1 from daybook.projection where name = $2))
     returning ${COLUMNS}`,
    [schemaName(projection, slot), projection, made.version, made.fingerprint],
  )
  if (rows[0] === undefined) throw new Error('An insert answered no row')
  return checkpointOf(rows[0])
}

export async function forgetSchema(
  client: Queryable,
  projection: string,
  slot: Slot,
): Promise<void> {
  await client.query('delete from daybook.projection where schema_name = $1', [
    schemaName(projection, slot),
  ])
}

/**
 * Makes the caller the only one who can write to the schema from here on; undefined when it is gone or
 * of another definition than the caller's, or when somebody is taking it over (see `takingOver`).
 */
export async function raiseEpoch(
  client: Queryable,
  projection: string,
  slot: Slot,
  fingerprint: string,
): Promise<Checkpoint | undefined> {
  const { rows } = await client.query<CheckpointRow>(
    `update daybook.projection
     set epoch = greatest(epoch, (select max(epoch) from daybook.projection where name = $2)) + 1
     where schema_name = $1 and fingerprint = $3 and ${isNotTakenOver('$1')}
     returning ${COLUMNS}`,
    [schemaName(projection, slot), projection, fingerprint],
  )
  return rows[0] && checkpointOf(rows[0])
}

export async function readContexts(
  client: Queryable,
  projection: string,
  slot: Slot,
): Promise<readonly OrganisationPlace[]> {
  const { rows } = await client.query<{
    organisation: string
    ordinal: string
    context: OrganisationContext
  }>(
    `select organisation, ordinal, context from daybook.projection_context where schema_name = $1`,
    [schemaName(projection, slot)],
  )
  return rows.map((row) => ({ ...row, ordinal: Number(row.ordinal) }))
}

/** Says how far a schema was filled outside of any batch. @throws Error when it is not the caller's any more. */
export async function fillCheckpoint(
  client: Queryable,
  projection: string,
  slot: Slot,
  { epoch }: Checkpoint,
  filled: {
    readonly position: Position | undefined
    readonly ordinal: number
    readonly recordedAt: string | undefined
    readonly organisations: readonly OrganisationPlace[]
  },
): Promise<Checkpoint> {
  const { rows } = await client.query<CheckpointRow>(
    `with filled as (
       update daybook.projection set position = $3, ordinal = $4, recorded_at = $5
       where schema_name = $1 and epoch = $2 returning schema_name, ${COLUMNS}),
     contexts as (
       insert into daybook.projection_context (schema_name, organisation, ordinal, context)
       select f.schema_name, c.organisation, c.ordinal, c.context
       from filled f, json_to_recordset($6::json) as c(organisation text, ordinal bigint, context json))
     select ${COLUMNS} from filled`,
    [
      schemaName(projection, slot),
      epoch,
      filled.position ?? null,
      filled.ordinal,
      filled.recordedAt ?? null,
      JSON.stringify(filled.organisations),
    ],
  )
  if (rows[0] === undefined) throw new Error(`The rebuild of ${projection} was taken over`)
  return checkpointOf(rows[0])
}
