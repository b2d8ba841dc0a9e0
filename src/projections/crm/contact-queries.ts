import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { ContactKind } from './contact-hash.ts'

type Db = ReadonlyKysely<ReadModels>

/** Customers who have one of these hashes, at most so many. */
export async function customersByContact(
  db: Db,
  hashes: readonly string[],
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('crm_contacts.contact')
    .select('customer_id')
    .distinct()
    .where(sql<boolean>`hash = any(${hashes}::text[])`)
    .orderBy('customer_id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.customer_id)
}

/** Customers who have the same number or address. */
export interface SharedContact {
  readonly kind: ContactKind
  readonly hash: string
  readonly customers: number
  /** The first of them, at most `SHOWN_OF_EACH`. */
  readonly customer_ids: readonly string[]
}

export const SHOWN_OF_EACH = 20

/** Every number and address that more than one customer has. @throws Rejection CURSOR_INVALID */
export async function sharedContacts(
  db: Db,
  { limit, cursor }: PageRequest,
): Promise<Page<SharedContact>> {
  let query = db
    .selectFrom('crm_contacts.contact as c')
    .select([
      'c.kind',
      'c.hash',
      sql<number>`count(*)::integer`.as('customers'),
      sql<
        readonly string[]
      >`(array_agg(c.customer_id order by c.customer_id))[1:${sql.lit(SHOWN_OF_EACH)}]`.as(
        'customer_ids',
      ),
    ])
    .groupBy(['c.kind', 'c.hash'])
    .having(({ fn }) => fn.countAll(), '>', 1)
    .orderBy('c.hash')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [hash] = decodeCursor(cursor, ['text'])
    query = query.where('c.hash', '>', hash)
  }
  return pageOf(await query.execute(), limit, (row) => [row.hash])
}
