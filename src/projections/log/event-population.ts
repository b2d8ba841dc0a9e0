import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from '../read-models.ts'
import { type EventFilter, matching } from './event-filter.ts'
import type { IndexedEvent } from './event-queries.ts'

/** The events that a filter holds, in the organisation's ordinals. */
export interface Population {
  readonly count: string
  /** Null when there is none. */
  readonly first: string | null
  readonly last: string | null
  /** Up to which event it was looked: the same filter with `known_at` this finds the same again. */
  readonly head: string
}

export async function eventPopulation(
  db: ReadonlyKysely<ReadModels>,
  filter: EventFilter,
): Promise<Population> {
  const [found, whole] = await Promise.all([
    matching(db, filter)
      .select(({ fn }) => [
        fn.countAll<string>().as('count'),
        fn.min<string | null>('e.organisation_ordinal').as('first'),
        fn.max<string | null>('e.organisation_ordinal').as('last'),
      ])
      .executeTakeFirstOrThrow(),
    matching(db, { ordinalTo: filter.ordinalTo })
      .select(({ fn }) => fn.max<string | null>('e.organisation_ordinal').as('head'))
      .executeTakeFirstOrThrow(),
  ])
  return { ...found, head: whole.head ?? '0' }
}

export interface Sampling {
  readonly seed: string
  readonly size: number
}

/**
 * The events of a filter whose SHA-256 of `seed:ordinal` (the organisation's ordinal in decimal, all of
 * it UTF-8) is smallest, in the order of the log. Whoever knows seed and ordinals draws the same.
 */
export async function sampleEvents(
  db: ReadonlyKysely<ReadModels>,
  filter: EventFilter,
  { seed, size }: Sampling,
): Promise<readonly IndexedEvent[]> {
  const rank = sql`sha256(convert_to(${seed}::text || ':' || e.organisation_ordinal, 'UTF8'))`
  const drawn = await matching(db, filter).selectAll().orderBy(rank).limit(size).execute()
  return drawn.toSorted((a, b) => Number(a.organisation_ordinal) - Number(b.organisation_ordinal))
}
