import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import { ordinalKnownAt } from '#projections/log/event-queries.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { instantOf } from '../fields.ts'
import { fieldIssue } from '../validation.ts'

/**
 * `known_at`: the organisation's ordinal, or an instant, which means the last ordinal recorded until
 * then. accounting.md, section 1.
 */
export const knownAtIn = z
  .string()
  .transform((text, context): string => {
    const known = /^\d{1,15}$/.test(text) ? text : instantOf(text)
    if (known !== undefined) return known
    context.addIssue(fieldIssue('INSTANT_INVALID'))
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['1042', '2026-11-21T09:30:00Z'] })

/** The ordinal that is meant. */
export async function ordinalOf(
  db: ReadonlyKysely<ReadModels>,
  knownAt: string | undefined,
): Promise<string | undefined> {
  return knownAt?.includes('T') === true ? ordinalKnownAt(db, knownAt) : knownAt
}
