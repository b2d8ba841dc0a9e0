import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { AccessKind } from '#domain/access/access-record.ts'
import type { FoundEvent } from '../log/event-queries.ts'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { AccessRow } from './accesses.ts'

type Db = ReadonlyKysely<ReadModels>

export interface AccessFilter {
  readonly actor?: string | undefined
  readonly route?: string | undefined
  readonly kind?: AccessKind | undefined
  /** UTC instants: at or after, before. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The latest first. @throws Rejection CURSOR_INVALID */
export async function searchAccesses(
  db: Db,
  { actor, route, kind, from, to }: AccessFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<AccessRow>> {
  let query = db
    .selectFrom('accesses.access')
    .selectAll()
    .orderBy('ordinal', 'desc')
    .limit(limit + 1)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (route !== undefined) query = query.where('route', '=', route)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (from !== undefined) query = query.where('last_at', '>=', from)
  if (to !== undefined) query = query.where('at', '<', to)
  if (cursor !== undefined) query = query.where('ordinal', '<', decodeCursor(cursor, ['number'])[0])
  return pageOf(await query.execute(), limit, ({ ordinal }) => [ordinal])
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Where the event of an access stands in the log. */
export async function findAccess(db: Db, eventId: string): Promise<FoundEvent | undefined> {
  if (!UUID.test(eventId)) return undefined
  const found = await db
    .selectFrom('accesses.access')
    .select(['event_id', 'stream', 'revision'])
    .where('event_id', '=', eventId)
    .executeTakeFirst()
  return found && { ...found, organisation_ordinal: null }
}

/** Where the events of accesses stand for which a reason was given, the earliest first. */
export function findReasoned(db: Db, accessIds: readonly string[]): Promise<readonly FoundEvent[]> {
  return db
    .selectFrom('accesses.access as a')
    .select(['a.event_id', 'a.stream', 'a.revision'])
    .select(sql<null>`null`.as('organisation_ordinal'))
    .where('a.ordinal', 'in', (eb) =>
      eb
        .selectFrom('accesses.reason_about as r')
        .select('r.ordinal')
        .where(sql<boolean>`r.access_id = any(${accessIds}::text[])`),
    )
    .orderBy('a.ordinal')
    .execute()
}

/** A month's record of access, as the read model has it. */
export interface AccessStream {
  readonly stream: string
  readonly events: string
  /** Revision of the last: the same as `events` less one when nothing is missing. */
  readonly last: number
}

export async function accessStreams(
  db: Db,
): Promise<readonly (AccessStream & { readonly isWhole: boolean })[]> {
  const found = await db
    .selectFrom('accesses.access')
    .select(({ fn }) => [
      'stream',
      fn.countAll<string>().as('events'),
      fn.count<string>('revision').distinct().as('revisions'),
      fn.max<number>('revision').as('last'),
    ])
    .groupBy('stream')
    .orderBy('stream')
    .execute()
  return found.map(({ stream, events, revisions, last }) => {
    const isWhole = events === revisions && events === String(last + 1)
    return { stream, events, last, isWhole }
  })
}
