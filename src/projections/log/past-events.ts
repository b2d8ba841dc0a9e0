import { type RawBuilder, sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { EventType } from '#domain/events.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore } from '#log/event-store.ts'
import type { FoldedEvent, MadeBy, Projection, Row, Table, TableOf } from '../engine/projection.ts'
import { PastRows } from '../engine/past-rows.ts'
import { CONTEXT_EVENTS } from '../engine/routing.ts'
import type { ReadModels } from '../read-models.ts'
import type { IndexedEvent } from './event-queries.ts'

/** From where events are read that the index has found. */
export interface PastSource {
  readonly log: Pick<EventStore, 'readMany'>
  readonly codec: Pick<EventCodec, 'decode'>
}

/** Events read at once. */
const AT_ONCE = 1000

type Db = ReadonlyKysely<ReadModels>

/** Which events of an organisation are wanted, in the order of the log. */
export interface WantedEvents {
  /** Of these types, and those that move the organisation's context. */
  readonly types: ReadonlySet<string>
  /** Undefined: all of these types. */
  readonly madeBy: MadeBy | undefined
  /** The organisation's ordinal of the last, included. */
  readonly until: string
}

/**
 * Events as folds get them, in pages. They may be more than were made by what is named, never fewer.
 *
 * @throws UnreadableEvent
 */
export async function* pastEvents(
  source: PastSource,
  db: Db,
  wanted: WantedEvents,
): AsyncGenerator<readonly FoldedEvent[]> {
  const types = new Set([...wanted.types, ...CONTEXT_EVENTS])
  for (let after = '0'; ; ) {
    const page = await candidates(db, wanted, after)
    const last = page.at(-1)
    if (last === undefined) return
    yield await read(
      source,
      page.filter(({ type }) => types.has(type)),
    )
    if (page.length < AT_ONCE) return
    after = last.organisation_ordinal
  }
}

type Candidate = Pick<
  IndexedEvent,
  'ordinal' | 'organisation_ordinal' | 'stream' | 'revision' | 'type'
>

/** Each source gives its first ones in order, so that nothing is sorted that is not read. */
async function candidates(
  db: Db,
  { types, madeBy, until }: WantedEvents,
  after: string,
): Promise<readonly Candidate[]> {
  const ofTypes = (some: Iterable<string>) => sql`select organisation_ordinal from event_index.event
    where type = any(${[...some]}::text[])`
  const first = (ordinals: RawBuilder<unknown>) => sql`(${ordinals}
    and organisation_ordinal > ${after} and organisation_ordinal <= ${until}
    order by organisation_ordinal limit ${AT_ONCE})`
  const own = first(madeBy === undefined ? ofTypes(types) : ordinalsOf(madeBy))
  return db
    .selectFrom('event_index.event as e')
    .select(['e.ordinal', 'e.organisation_ordinal', 'e.stream', 'e.revision', 'e.type'])
    .where(sql<boolean>`e.organisation_ordinal in (${own} union ${first(ofTypes(CONTEXT_EVENTS))})`)
    .orderBy('e.organisation_ordinal')
    .limit(AT_ONCE)
    .execute()
}

function ordinalsOf(madeBy: MadeBy): RawBuilder<unknown> {
  if ('concerns' in madeBy) {
    const { kind, id } = madeBy.concerns
    return sql`select organisation_ordinal from event_index.reference
      where kind = ${kind} and id = ${id}`
  }
  const from = sql`select organisation_ordinal from event_index.event`
  return 'stream' in madeBy
    ? sql`${from} where stream = ${madeBy.stream}`
    : sql`${from} where organisation_ordinal = ${madeBy.ordinal}`
}

async function read(
  { log, codec }: PastSource,
  found: readonly Candidate[],
): Promise<readonly FoldedEvent[]> {
  const events = await codec.decode(await log.readMany(found))
  if (events.length !== found.length) throw new Error('The index names events that are not there')
  return events.map((event, index) => ({
    ...event,
    ordinal: Number(found[index]?.ordinal),
    organisationOrdinal: Number(found[index]?.organisation_ordinal),
  }))
}

/** Some tables of a projection, to be folded without the others. */
export function onlyTables(projection: Projection, tables: readonly Table[]): Projection {
  return { ...projection, tables }
}

/** A table that folds some of its events alone. */
export function onlyEvents<R extends Row>(
  table: TableOf<R>,
  types: readonly EventType[],
): TableOf<R> {
  const on = Object.entries(table.on).filter(([type]) => types.some((one) => one === type))
  return { ...table, on: Object.fromEntries(on) }
}

/** The types of events that change any of some tables. */
export function typesOf(projections: readonly Projection[]): ReadonlySet<string> {
  return new Set(projections.flatMap(({ tables }) => tables.flatMap(({ on }) => Object.keys(on))))
}

/**
 * Folds into tables in memory what some events made until an ordinal, included.
 *
 * @throws UnreadableEvent, FoldFailed
 */
export async function foldPast(
  source: PastSource,
  db: Db,
  projections: readonly Projection[],
  { madeBy, until }: Omit<WantedEvents, 'types'>,
): Promise<PastRows> {
  const rows = new PastRows(projections)
  const wanted = { types: typesOf(projections), madeBy, until }
  for await (const page of pastEvents(source, db, wanted)) {
    for (const event of page) rows.fold(event)
  }
  return rows
}

/** A row by its key, which names all columns of its table's key. */
export interface RowOf<R extends Row = Row> {
  readonly projection: Projection
  readonly table: TableOf<R>
  readonly key: Row
}

/**
 * The row of one key of a table as the organisation's log made it up to an ordinal, included; undefined
 * when there was none.
 *
 * @throws UnreadableEvent, FoldFailed
 */
export async function rowAsOf<R extends Row>(
  source: PastSource,
  db: Db,
  { projection, table, key }: RowOf<R>,
  until: string,
): Promise<R | undefined> {
  const madeBy = table.madeBy?.(key)
  const rows = await foldPast(source, db, [onlyTables(projection, [table])], { madeBy, until })
  return rows.row(table, key)
}
