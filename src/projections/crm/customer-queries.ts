import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { searchWords } from '../search-text.ts'
import type { CustomerRow } from './customers.ts'

/** A customer as shown: without the column that only searches use. */
export type Customer = Omit<CustomerRow, 'search'>

export interface CustomerFilter {
  /** Words that must all occur in name, number, e-mail or telephone. */
  readonly search?: string | undefined
  readonly status?: CustomerRow['status'] | undefined
  readonly agent?: string | undefined
  readonly number?: string | undefined
  readonly country?: string | undefined
  /** Only among these. */
  readonly ids?: readonly string[] | undefined
  /** Default: newest first. By name: as letters are, whatever their case. */
  readonly order?: 'newest' | 'name' | undefined
}

const columns = [
  'c.customer_id',
  'c.number',
  'c.agent',
  'c.status',
  'c.source',
  'c.name',
  'c.phone',
  'c.email',
  'c.note',
  'c.country',
  'c.budget_amount',
  'c.budget_currency',
  'c.payment_terms_days',
  'c.last_contacted_on',
  'c.sales',
  'c.registered_on',
  'c.registered_at',
  'c.changed_at',
  'c.revision',
  'c.ordinal',
  'c.standing',
  'c.restricted_until',
  'c.restricted_name',
  'c.restricted_phone',
  'c.restricted_email',
  'c.restricted_note',
] as const

/** @throws Rejection CURSOR_INVALID */
export async function listCustomers(
  db: ReadonlyKysely<ReadModels>,
  filter: CustomerFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Customer>> {
  let query = db
    .selectFrom('crm_customers.customer as c')
    .select(columns)
    .limit(limit + 1)
  if (filter.status !== undefined) query = query.where('c.status', '=', filter.status)
  if (filter.agent !== undefined) query = query.where('c.agent', '=', filter.agent)
  if (filter.number !== undefined) query = query.where('c.number', '=', filter.number)
  if (filter.country !== undefined) query = query.where('c.country', '=', filter.country)
  if (filter.ids !== undefined) {
    query = query.where(sql<boolean>`c.customer_id = any(${filter.ids}::text[])`)
  }
  for (const word of searchWords(filter.search ?? '')) {
    query = query.where(sql<boolean>`strpos(c.search, ${word}) > 0`)
  }
  if (filter.order === 'name') {
    query = query.orderBy('c.search').orderBy('c.customer_id')
    if (cursor !== undefined) {
      // The cursor names the customer by id: a name would end up in addresses and their logs.
      const [id] = decodeCursor(cursor, ['text'])
      query = query.where(
        sql<boolean>`(c.search, c.customer_id) > (select l.search, l.customer_id
          from ${sql.table('crm_customers.customer')} l where l.customer_id = ${id})`,
      )
    }
    return pageOf(await query.execute(), limit, (row) => [row.customer_id])
  }
  query = query.orderBy('c.ordinal', 'desc')
  if (cursor !== undefined) {
    const [ordinal] = decodeCursor(cursor, ['number'])
    query = query.where('c.ordinal', '<', ordinal)
  }
  return pageOf(await query.execute(), limit, (row) => [row.ordinal])
}

export async function findCustomer(
  db: ReadonlyKysely<ReadModels>,
  customerId: string,
): Promise<Customer | undefined> {
  return db
    .selectFrom('crm_customers.customer as c')
    .select(columns)
    .where('c.customer_id', '=', customerId)
    .executeTakeFirst()
}

/** Which of these customers are restricted now, whatever a row of the past says. */
export async function restrictedAmong(
  db: ReadonlyKysely<ReadModels>,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (customerIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('crm_customers.customer as c')
    .select('c.customer_id')
    .where('c.customer_id', 'in', [...customerIds])
    .where('c.standing', '=', 'restricted')
    .execute()
  return new Set(rows.map(({ customer_id: id }) => id))
}
