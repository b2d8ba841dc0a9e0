import type { ReadonlyKysely } from 'kysely/readonly'
import { sql } from 'kysely'
import { PastRows } from '../engine/past-rows.ts'
import type { ReadModels } from '../read-models.ts'
import type { Row } from '../engine/projection.ts'
import { eventIndex } from './event-index.ts'
import { onlyTables, type PastSource, pastEvents, type RowOf, typesOf } from './past-events.ts'

/** What one event did to a figure of a row; whole minor units, or a count. */
export interface ColumnChange {
  /** The organisation's, of the event. */
  readonly ordinal: string
  readonly type: string
  readonly amount: string
}

/** A row folded again up to an ordinal, with what each event did to one of its columns on the way. */
export interface ColumnHistory {
  /** Undefined when there is no such row. */
  readonly row: Row | undefined
  /** In the order of the log; events that left the column as it was are left out. */
  readonly changes: readonly ColumnChange[]
}

/** @throws UnreadableEvent, FoldFailed */
export async function columnHistory(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  { projection, table, key }: RowOf,
  column: string,
  until: string,
): Promise<ColumnHistory> {
  const folded = [onlyTables(projection, [table])]
  const rows = new PastRows(folded)
  const changes: ColumnChange[] = []
  let before = 0n
  const wanted = { types: typesOf(folded), madeBy: table.madeBy?.(key), until }
  for await (const page of pastEvents(source, db, wanted)) {
    for (const event of page) {
      rows.fold(event)
      const after = amountOf(rows.row(table, key), column)
      if (after === before) continue
      const { organisationOrdinal, type } = event
      changes.push({ ordinal: String(organisationOrdinal), type, amount: String(after - before) })
      before = after
    }
  }
  return { row: rows.row(table, key), changes }
}

/** The row as it stands in the read model. */
export async function storedRow(
  db: ReadonlyKysely<ReadModels>,
  { projection, table, key }: RowOf,
): Promise<Row | undefined> {
  let query = db
    .selectFrom(sql<Row>`${sql.table(`${projection.name}.${table.name}`)}`.as('t'))
    .selectAll()
  for (const column of table.key) {
    query = query.where(sql<boolean>`${sql.ref(`t.${column}`)} = ${key[column]}`)
  }
  return query.executeTakeFirst()
}

/** A figure of a row: nothing where there is no row yet, or no value. */
export function amountOf(row: Row | undefined, column: string): bigint {
  const value = row?.[column] ?? '0'
  return BigInt(value as string | number)
}

/**
 * The organisation's ordinal up to which the rows of a projection are made, in the moment of this
 * transaction; undefined while the index has not come so far itself.
 */
export async function madeUpTo(
  db: ReadonlyKysely<ReadModels>,
  projection: string,
): Promise<string | undefined> {
  const places = await db
    .selectFrom(
      sql<{ schema_name: string; ordinal: string }>`(
        select schema_name, ordinal from daybook.projection
      )`.as('p'),
    )
    .selectAll()
    .where('p.schema_name', 'in', [projection, eventIndex.name])
    .execute()
  const ordinalOf = (name: string) =>
    BigInt(places.find(({ schema_name: schema }) => schema === name)?.ordinal ?? '0')
  const made = ordinalOf(projection)
  if (ordinalOf(eventIndex.name) < made) return undefined
  const last = await db
    .selectFrom('event_index.event')
    .select('organisation_ordinal')
    .where('ordinal', '<=', String(made))
    .orderBy('organisation_ordinal', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.organisation_ordinal ?? '0'
}
