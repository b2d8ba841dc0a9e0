import type pg from 'pg'
import type { RestrictedPerson } from '#processes/terms-end.ts'

/** At a time; who is left is found the next time. */
const AT_ONCE = 1000

/** Finds all restricted customers of an organisation. */
export function findRestrictedIn(
  pool: pg.Pool,
): (organisation: string) => Promise<readonly string[]> {
  return async (organisation) => {
    const { rows } = await pool.query<{ id: string }>(
      `select customer_id as id from crm_customers.customer
       where organisation = $1 and standing = 'restricted'`,
      [organisation],
    )
    return rows.map(({ id }) => id)
  }
}

/** Finds restricted customers of every organisation whose term ends before a day. */
export function createRestrictedFinder(
  pool: pg.Pool,
): (before: string) => Promise<readonly RestrictedPerson[]> {
  return async (before) => {
    const { rows } = await pool.query<RestrictedPerson>(
      `select organisation, customer_id as "customerId" from crm_customers.customer
       where standing = 'restricted' and restricted_until < $1
       order by restricted_until limit ${AT_ONCE}`,
      [before],
    )
    return rows
  }
}
