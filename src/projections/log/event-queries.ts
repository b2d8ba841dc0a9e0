import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Direction, EventReference } from '#log/event-store.ts'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { type EventFilter, matching } from './event-filter.ts'
import type { EventIndexRow } from './event-index.ts'

/** Where an event stands in the log; what it says is read from there. */
export type IndexedEvent = EventIndexRow

/** Where an event stands, and its ordinal where it has one. */
export type FoundEvent = EventReference & {
  readonly event_id: string
  readonly organisation_ordinal: string | null
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** In the order of the log, or against it. @throws Rejection CURSOR_INVALID */
export async function searchEvents(
  db: ReadonlyKysely<ReadModels>,
  filter: EventFilter,
  { limit, cursor, direction = 'backwards' }: PageRequest & { readonly direction?: Direction },
): Promise<Page<IndexedEvent>> {
  let query = matching(db, filter)
    .selectAll()
    .orderBy('e.organisation_ordinal', direction === 'forwards' ? 'asc' : 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [ordinal] = decodeCursor(cursor, ['number'])
    query = query.where('e.organisation_ordinal', direction === 'forwards' ? '>' : '<', ordinal)
  }
  return pageOf(await query.execute(), limit, (row) => [row.organisation_ordinal])
}

/** How many events a filter holds; without one, all of the organisation's. */
export async function countEvents(
  db: ReadonlyKysely<ReadModels>,
  filter: EventFilter = {},
): Promise<string> {
  const { count } = await matching(db, filter)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

export async function findEvent(
  db: ReadonlyKysely<ReadModels>,
  eventId: string,
): Promise<IndexedEvent | undefined> {
  if (!UUID.test(eventId)) return undefined
  return db
    .selectFrom('event_index.event')
    .selectAll()
    .where('event_id', '=', eventId)
    .executeTakeFirst()
}

/** Events by their ids; unknown ones are left out. */
export async function findEvents(
  db: ReadonlyKysely<ReadModels>,
  eventIds: readonly string[],
): Promise<readonly IndexedEvent[]> {
  const ids = eventIds.filter((id) => UUID.test(id))
  if (ids.length === 0) return []
  return db
    .selectFrom('event_index.event')
    .selectAll()
    .where(sql<boolean>`event_id = any(${ids}::uuid[])`)
    .execute()
}

/** The revision of a stream's last event up to an ordinal of the organisation; undefined before its first. */
export async function revisionAt(
  db: ReadonlyKysely<ReadModels>,
  stream: string,
  ordinal: string,
): Promise<number | undefined> {
  const { revision } = await db
    .selectFrom('event_index.event')
    .select(({ fn }) => fn.max<number | null>('revision').as('revision'))
    .where('stream', '=', stream)
    .where('organisation_ordinal', '<=', ordinal)
    .executeTakeFirstOrThrow()
  return revision ?? undefined
}

/** The events at some ordinals of the organisation; unknown ones are left out. */
export async function eventsAt(
  db: ReadonlyKysely<ReadModels>,
  ordinals: readonly string[],
): Promise<readonly IndexedEvent[]> {
  if (ordinals.length === 0) return []
  return db
    .selectFrom('event_index.event')
    .selectAll()
    .where(sql<boolean>`organisation_ordinal = any(${ordinals}::bigint[])`)
    .execute()
}

/**
 * The ordinal of the last event recorded until an instant, 0 before the first. Where writers' clocks
 * differ, an event counts as recorded when all before it are (the running maximum).
 */
export async function ordinalKnownAt(
  db: ReadonlyKysely<ReadModels>,
  instant: string,
): Promise<string> {
  const { later, last } = await db
    .selectNoFrom((eb) => [
      eb
        .selectFrom('event_index.event as e')
        .where('e.recorded_at', '>', instant)
        // Added to, so that the smallest is not sought from the first event on: that would read nearly
        // the whole index for an instant of last week.
        .select(sql<string | null>`min(e.organisation_ordinal + 0)`.as('later'))
        .as('later'),
      eb
        .selectFrom('event_index.event as e')
        .select(({ fn }) => fn.max<string | null>('e.organisation_ordinal').as('last'))
        .as('last'),
    ])
    .executeTakeFirstOrThrow()
  return later === null ? (last ?? '0') : String(BigInt(later) - 1n)
}

/** What an ordinal or an instant means in the organisation's log. */
export interface PlaceKnownAt {
  /** The last event's that was known; as asked when it is beyond what is indexed. */
  readonly ordinal: string
  /** That event; undefined before the first, and for one that is not indexed. */
  readonly event: EventReference | undefined
  /** When it was recorded. */
  readonly recordedAt: string | undefined
  /** The ordinal of the last event indexed. */
  readonly head: string
}

/** An instant, as `ordinalKnownAt` understands it, or an ordinal. */
export async function placeKnownAt(
  db: ReadonlyKysely<ReadModels>,
  knownAt: string,
): Promise<PlaceKnownAt> {
  const ordinal = knownAt.includes('T') ? await ordinalKnownAt(db, knownAt) : knownAt
  const [found, last] = await Promise.all([
    db
      .selectFrom('event_index.event')
      .select(['stream', 'revision', 'recorded_at'])
      .where('organisation_ordinal', '=', ordinal)
      .executeTakeFirst(),
    db
      .selectFrom('event_index.event')
      .select(({ fn }) => fn.max<string | null>('organisation_ordinal').as('head'))
      .executeTakeFirstOrThrow(),
  ])
  const recordedAt = found?.recorded_at
  return { ordinal: String(BigInt(ordinal)), event: found, recordedAt, head: last.head ?? '0' }
}
