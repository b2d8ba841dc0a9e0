import type { FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { z } from 'zod'
import type { EventFilter } from '#projections/log/event-filter.ts'
import { findAccess } from '#projections/access/access-queries.ts'
import { type FoundEvent, findEvent } from '#projections/log/event-queries.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { lesserOrdinal, type Read, type ReadQuery, type readMeta } from '../reads.ts'
import { type AskedEvents, filterOf } from './event-filters.ts'

type EventRequest = FastifyRequest<{ Querystring: AskedEvents & ReadQuery }>

type Meta = z.output<typeof readMeta>

/**
 * Queries the index for the events that a request asks for, as its ordinal `known_at` says, and no
 * further than all that the filter looks into knows: what is found up to there is found again. A
 * projection that makes the answer stale is named by `behind`.
 */
export async function readEvents<T>(
  read: Read,
  request: EventRequest,
  query: (db: ReadonlyKysely<ReadModels>, filter: EventFilter) => Promise<T>,
): Promise<{ readonly found: T; readonly meta: Meta; readonly behind: string | undefined }> {
  const filter = filterOf(request.query)
  // Where the others are is asked first: they can only have moved on by the time they are read.
  const others: Meta[] = []
  let behind: string | undefined
  for (const projection of othersOf(filter)) {
    const { meta } = await read(request, projection, async () => undefined)
    others.push(meta)
    if (meta.stale) behind ??= projection
  }
  const { found, meta } = await read(request, 'event_index', (db, known) => {
    const ends = others.map(({ knownAt }) => knownAt)
    if (known !== undefined) ends.push(known.ordinal)
    const ordinalTo = ends.length === 0 ? undefined : ends.reduce(lesserOrdinal)
    return query(db, { ...filter, ordinalTo })
  })
  if (meta.stale) behind ??= 'event_index'
  return { found, meta: others.reduce(lesser, meta), behind }
}

/** The projections beside the index that a filter looks into. */
function othersOf({ account, documentNumber }: EventFilter): readonly string[] {
  return [
    ...(account === undefined ? [] : ['ledger']),
    ...(documentNumber === undefined ? [] : ['finance_sales']),
  ]
}

/** An answer knows what all that it was made from knew. */
function lesser(a: Meta, b: Meta): Meta {
  const { ordinal, position } = b.ordinal < a.ordinal ? b : a
  const knownAt = lesserOrdinal(a.knownAt, b.knownAt)
  return { ordinal, position, stale: a.stale || b.stale, knownAt }
}

/** One event by its id, of the books or of the record of access. */
export async function findEventOrAccess(
  read: Read,
  request: FastifyRequest<{ Querystring: ReadQuery }>,
  id: string,
): Promise<{ readonly found: FoundEvent | undefined; readonly meta: Meta }> {
  const inBooks = await read(request, 'event_index', (db) => findEvent(db, id))
  if (inBooks.found !== undefined) return inBooks
  const access = await read(request, 'accesses', (db) => findAccess(db, id))
  return access.found === undefined ? inBooks : access
}
