import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from '../read-models.ts'

type Db = ReadonlyKysely<ReadModels>

/** What the index counts of an organisation. */
export interface IndexCount {
  readonly count: string
  /** The last ordinal; 0 when there is none. */
  readonly last: string
  /** Events of each type. */
  readonly types: Readonly<Record<string, string>>
}

export async function countIndex(db: Db): Promise<IndexCount> {
  const types = await db
    .selectFrom('event_index.event')
    .select(({ fn }) => ['type', fn.countAll<string>().as('count')])
    .groupBy('type')
    .orderBy('type')
    .execute()
  const { last } = await db
    .selectFrom('event_index.event')
    .select(({ fn }) => fn.max<string | null>('organisation_ordinal').as('last'))
    .executeTakeFirstOrThrow()
  return {
    count: String(types.reduce((sum, { count }) => sum + BigInt(count), 0n)),
    last: last ?? '0',
    types: Object.fromEntries(types.map(({ type, count }) => [type, count])),
  }
}

/** The organisation's last event up to an ordinal of the whole log. */
export async function lastEventUpTo(db: Db, ordinal: number): Promise<string | undefined> {
  const found = await db
    .selectFrom('event_index.event')
    .select('event_id')
    .where('ordinal', '<=', String(ordinal))
    .orderBy('organisation_ordinal', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.event_id
}

/** Ordinals that are not there, as ranges, both ends included. */
export async function missingOrdinals(db: Db, limit: number) {
  const { rows } = await sql<{ readonly from: string; readonly to: string }>`
    select before + 1 as from, organisation_ordinal - 1 as to from (
      select organisation_ordinal,
        lag(organisation_ordinal, 1, 0::bigint) over (order by organisation_ordinal) as before
      from event_index.event
    ) as neighbours
    where organisation_ordinal - before > 1
    order by organisation_ordinal limit ${limit}`.execute(db as never)
  return rows
}

/** Events that stand at more than one ordinal. */
export async function repeatedEvents(db: Db, limit: number) {
  const { rows } = await sql<{ readonly eventId: string; readonly ordinals: readonly string[] }>`
    select event_id as "eventId", array_agg(organisation_ordinal::text order by organisation_ordinal)
      as ordinals
    from event_index.event group by event_id having count(*) > 1
    order by min(organisation_ordinal) limit ${limit}`.execute(db as never)
  return rows
}

/** Streams whose revisions are not 0, 1, 2 … each once. */
export async function brokenStreams(db: Db, limit: number) {
  const { rows } = await sql<{
    readonly stream: string
    readonly events: string
    readonly last: number
  }>`
    select stream, count(*) as events, max(revision) as last
    from event_index.event group by stream
    having count(*) <> max(revision) + 1 or count(distinct revision) <> count(*)
    order by stream limit ${limit}`.execute(db as never)
  return rows
}
