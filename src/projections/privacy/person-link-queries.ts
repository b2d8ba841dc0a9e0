import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { PersonLinkRow } from './person-links.ts'

/** A link that holds, with all of its customers in the order of their ids. */
export interface PersonLink extends Omit<PersonLinkRow, 'customer_id'> {
  readonly customer_ids: readonly string[]
}

type Db = ReadonlyKysely<ReadModels>

/** Newest first; those of one customer where one is named. @throws Rejection CURSOR_INVALID */
export async function listLinks(
  db: Db,
  { customerId }: { readonly customerId?: string | undefined },
  { limit, cursor }: PageRequest,
): Promise<Page<PersonLink>> {
  let query = links(db)
    .orderBy(({ fn }) => fn.min('l.ordinal'), 'desc')
    .limit(limit + 1)
  if (customerId !== undefined) {
    query = query.where('l.link_id', 'in', (eb) =>
      eb.selectFrom('person_links.link').select('link_id').where('customer_id', '=', customerId),
    )
  }
  if (cursor !== undefined) {
    const [ordinal] = decodeCursor(cursor, ['number'])
    query = query.having(({ fn }) => fn.min('l.ordinal'), '<', ordinal)
  }
  return pageOf(await query.execute(), limit, (link) => [link.ordinal])
}

export function findLink(db: Db, linkId: string): Promise<PersonLink | undefined> {
  return links(db).where('l.link_id', '=', linkId).executeTakeFirst()
}

function links(db: Db) {
  return db
    .selectFrom('person_links.link as l')
    .select(({ fn }) => [
      'l.link_id',
      'l.reason',
      'l.actor',
      'l.linked_at',
      fn.min('l.ordinal').as('ordinal'),
      sql<readonly string[]>`array_agg(l.customer_id order by l.customer_id)`.as('customer_ids'),
    ])
    .groupBy(['l.link_id', 'l.reason', 'l.actor', 'l.linked_at'])
}
