import type pg from 'pg'
import type { EventStore, Position } from '#log/event-store.ts'
import { fingerprint } from '#projections/engine/definition.ts'
import type { Projection } from '#projections/engine/projection.ts'
import { versionOf } from '#projections/engine/versions.ts'
import { APPEND_LOCK, MoveRefused } from './fence.ts'

/** From one store to another, over the same database of read models. */
export interface Move {
  readonly from: EventStore['kind']
  readonly to: EventStore['kind']
  /** Where the log then is, for people. */
  readonly place: string
  readonly projections: readonly Projection[]
  /** Where events stand in the log moved from, undefined when that is no position of it; and in the one moved to. */
  readonly ordinalAt: (position: Position) => Promise<number | undefined>
  readonly positionAt: (ordinal: number) => Promise<Position | undefined>
}

export interface Moved {
  /** Checkpoints of read models and processes that go on where they were. */
  readonly translated: number
  /**
   * Tables that this program does not know as they are: they are rebuilt from the log. Processes whose checkpoint was
   * no place in the log moved from: they say so and stand still.
   */
  readonly left: readonly string[]
}

interface ProjectionRow {
  readonly schema_name: string
  readonly name: string
  readonly fingerprint: string
  readonly position: Position | null
  readonly ordinal: string
}

/**
 * Says that the log is in another store now, and has every checkpoint say its place there: the same
 * ordinal, as both hold the same history. All of it or nothing. The fence must stand.
 *
 * @throws MoveRefused when the fence has fallen.
 */
export async function moveHome(client: pg.Client, move: Move): Promise<Moved> {
  await client.query('begin')
  try {
    await lockHome(client)
    const projections = await translateProjections(client, move)
    const processes = await translateProcesses(client, move)
    await client.query(
      'update log.home set holder = $1, place = $2, next = null, fenced_until = null',
      [move.to, move.place],
    )
    await client.query('commit')
    return {
      translated: projections.translated + processes.translated,
      left: [...projections.left, ...processes.left],
    }
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * As `moveHome`, into another database: its read models are built there by whoever starts on it first. Keys
 * must be there already. Should it be interrupted between the two databases, `openElsewhere` ends it.
 */
export async function moveElsewhere(
  client: pg.Client,
  target: pg.ClientBase,
  { place, ordinalAt, positionAt }: Pick<Move, 'place' | 'ordinalAt' | 'positionAt'>,
): Promise<Moved> {
  await client.query('begin')
  try {
    await lockHome(client)
    const { rows } = await client.query<{ process: string; position: Position | null }>(
      'select process, position from daybook.process_checkpoint',
    )
    const left: string[] = []
    for (const { process, position } of rows) {
      const ordinal = position === null ? 0 : await ordinalAt(position)
      if (ordinal === undefined) left.push(process)
      await target.query(
        `insert into daybook.process_checkpoint as there (process, position) values ($1, $2)
         on conflict (process) do update set position = excluded.position, epoch = there.epoch + 1`,
        [process, ordinal === undefined ? position : ((await positionAt(ordinal)) ?? null)],
      )
    }
    await client.query(
      `update log.home set holder = 'elsewhere', place = $1, next = null, fenced_until = null`,
      [place],
    )
    await client.query('commit')
    await openElsewhere(target, place)
    return { translated: rows.length - left.length, left }
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Lets programs write to the log that was moved into this database. */
export async function openElsewhere(target: pg.ClientBase, place: string): Promise<void> {
  await target.query(
    `update log.home set holder = 'postgres', place = $1, next = null, fenced_until = null`,
    [place],
  )
}

/** Whoever appends or renews a lease waits for the end of this transaction. */
export async function lockHome(client: pg.Client): Promise<void> {
  await client.query(APPEND_LOCK)
  const { rows } = await client.query<{ stands: boolean }>(
    'select fenced_until > clock_timestamp() as stands from log.home for update',
  )
  if (rows[0]?.stands === true) return
  throw new MoveRefused('It took too long, and writing went on: nothing was moved. Switch again')
}

async function translateProjections(client: pg.Client, move: Move): Promise<Moved> {
  const { rows } = await client.query<ProjectionRow>(
    'select schema_name, name, fingerprint, position, ordinal from daybook.projection for update',
  )
  const left: string[] = []
  for (const row of rows) {
    const projection = move.projections.find(({ name }) => name === row.name)
    // Tables of versions before stay what they are too, live or kept.
    const known = projection && versionOf(projection, row, move.from)
    const position = known && (await translated(move, row))
    if (known === undefined || position === undefined) {
      left.push(row.schema_name)
      continue
    }
    // Under a new epoch: who followed the former log can no longer write.
    await client.query(
      `update daybook.projection set position = $2, fingerprint = $3, epoch = 1 +
         (select max(epoch) from daybook.projection where name = $4)
       where schema_name = $1`,
      [row.schema_name, position, fingerprint(known, move.to), row.name],
    )
  }
  return { translated: rows.length - left.length, left }
}

/** Null: before every event. Undefined when the row is not where its ordinal says. */
async function translated(
  { ordinalAt, positionAt }: Move,
  { position, ordinal }: ProjectionRow,
): Promise<Position | null | undefined> {
  if (position === null) return null
  const count = await ordinalAt(position)
  return count === Number(ordinal) ? ((await positionAt(count)) ?? null) : undefined
}

async function translateProcesses(client: pg.Client, move: Move): Promise<Moved> {
  const { rows } = await client.query<{ process: string; position: Position | null }>(
    'select process, position from daybook.process_checkpoint for update',
  )
  const left: string[] = []
  for (const { process, position } of rows) {
    const ordinal = position === null ? 0 : await move.ordinalAt(position)
    if (ordinal === undefined) {
      left.push(process)
      continue
    }
    await client.query(
      'update daybook.process_checkpoint set position = $2, epoch = epoch + 1 where process = $1',
      [process, (await move.positionAt(ordinal)) ?? null],
    )
  }
  return { translated: rows.length - left.length, left }
}
