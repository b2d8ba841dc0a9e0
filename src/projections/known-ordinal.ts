import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from './read-models.ts'

/**
 * The organisation's ordinal of the last event that a projection's tables know, in the moment of this
 * transaction; 0 before the first. Every event of the organisation counts, whether or not it is folded.
 */
export async function knownOrdinal(
  db: ReadonlyKysely<ReadModels>,
  projection: string,
): Promise<string> {
  const found = await db
    .selectFrom(
      sql<{ ordinal: string }>`(
        select ordinal from daybook.projection_context where schema_name = ${projection}
      )`.as('c'),
    )
    .select('c.ordinal')
    .executeTakeFirst()
  return found?.ordinal ?? '0'
}
