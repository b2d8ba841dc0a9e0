import type pg from 'pg'
import type { RestrictedPerson } from '#processes/terms-end.ts'
import { type UntilKnownDeps, untilKnown } from './until-known.ts'

/** Read at a time, unless told otherwise. */
const AT_ONCE = 1000

/**
 * Finds all restricted customers of an organisation.
 *
 * @throws NotReadYet when the customers do not know all of the log in time.
 */
export function findRestrictedIn(
  pool: pg.Pool,
  deps: UntilKnownDeps,
): (organisation: string) => Promise<readonly string[]> {
  return async (organisation) => {
    await untilKnown(deps, ['crm_customers'])
    const { rows } = await pool.query<{ id: string }>(
      `select customer_id as id from crm_customers.customer
       where organisation = $1 and standing = 'restricted'`,
      [organisation],
    )
    return rows.map(({ id }) => id)
  }
}

interface Ending extends RestrictedPerson {
  readonly until: string
}

/**
 * Finds restricted customers of every organisation whose term ends before a day, those first whose term ended
 * first.
 */
export function createRestrictedFinder(
  pool: pg.Pool,
  atOnce: number = AT_ONCE,
): (before: string) => AsyncIterable<RestrictedPerson> {
  return async function* (before) {
    let last: Ending | undefined
    do {
      const { rows }: { readonly rows: readonly Ending[] } = await pool.query<Ending>(
        `select organisation, customer_id as "customerId", restricted_until::text as until
         from crm_customers.customer
         where standing = 'restricted' and restricted_until < $1
           and ($2::date is null or (restricted_until, organisation, customer_id) > ($2::date, $3, $4))
         order by restricted_until, organisation, customer_id limit ${atOnce}`,
        [before, last?.until, last?.organisation, last?.customerId],
      )
      yield* rows
      last = rows.length < atOnce ? undefined : rows.at(-1)
    } while (last !== undefined)
  }
}
