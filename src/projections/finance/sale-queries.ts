import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { searchWords } from '../search-text.ts'
import type { CreditNoteRow } from './credit-note.ts'
import { type DocumentLines, findDocumentLines } from './document-queries.ts'
import type { PaymentRow } from './payment.ts'
import type { SaleRow } from './sale.ts'

/** A sale as shown, with its customer's name joined. */
export type Sale = Omit<SaleRow, 'search'> & { readonly customer_name: string | null }

export type SaleDetail = Sale &
  DocumentLines & {
    readonly payments: readonly PaymentRow[]
    readonly credit_notes: readonly CreditNoteRow[]
  }

export interface SaleFilter {
  /** Words that must all occur in the sale's number, id, place or property, or in what its customer is found by. */
  readonly search?: string | undefined
  readonly status?: SaleRow['status'] | undefined
  readonly agent?: string | undefined
  readonly customerId?: string | undefined
  readonly currency?: string | undefined
  readonly basis?: SaleRow['basis'] | undefined
  readonly source?: string | undefined
  readonly number?: string | undefined
  /** Days of the sale, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** True: something is owed; false: nothing is. */
  readonly owing?: boolean | undefined
  /** Due before this day. */
  readonly dueBefore?: string | undefined
}

const sales = (db: ReadonlyKysely<ReadModels>) =>
  db
    .selectFrom('finance_sales.sale as s')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 's.customer_id')
    .selectAll('s')
    .select('c.name as customer_name')

/** Latest first. @throws Rejection CURSOR_INVALID */
export async function listSales(
  db: ReadonlyKysely<ReadModels>,
  filter: SaleFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Sale>> {
  let query = sales(db)
    .orderBy('s.occurred_on', 'desc')
    .orderBy('s.ordinal', 'desc')
    .limit(limit + 1)
  if (filter.status !== undefined) query = query.where('s.status', '=', filter.status)
  if (filter.agent !== undefined) query = query.where('s.agent', '=', filter.agent)
  if (filter.customerId !== undefined) query = query.where('s.customer_id', '=', filter.customerId)
  if (filter.currency !== undefined) query = query.where('s.currency', '=', filter.currency)
  if (filter.basis !== undefined) query = query.where('s.basis', '=', filter.basis)
  if (filter.source !== undefined) query = query.where('s.source', '=', filter.source)
  if (filter.number !== undefined) query = query.where('s.number', '=', filter.number)
  if (filter.from !== undefined) query = query.where('s.occurred_on', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('s.occurred_on', '<=', filter.to)
  if (filter.dueBefore !== undefined) query = query.where('s.due_on', '<', filter.dueBefore)
  if (filter.owing !== undefined) query = query.where('s.owed', filter.owing ? '>' : '<=', '0')
  for (const word of searchWords(filter.search ?? '')) {
    query = query.where(
      sql<boolean>`(strpos(s.search, ${word}) > 0 or strpos(c.search, ${word}) > 0)`,
    )
  }
  if (cursor !== undefined) {
    const [day, ordinal] = decodeCursor(cursor, ['date', 'number'])
    query = query.where((eb) =>
      eb(eb.refTuple('s.occurred_on', 's.ordinal'), '<', eb.tuple(day, ordinal)),
    )
  }
  return pageOf(await query.execute(), limit, (row) => [row.occurred_on, row.ordinal])
}

/** The sale with its lines and taxes, its payments in the order they came, and the credit notes that name it. */
export async function findSale(
  db: ReadonlyKysely<ReadModels>,
  saleId: string,
): Promise<SaleDetail | undefined> {
  const [sale, lines, payments, creditNotes] = await Promise.all([
    sales(db).where('s.sale_id', '=', saleId).executeTakeFirst(),
    findDocumentLines(db, saleId),
    db
      .selectFrom('finance_sales.payment as p')
      .selectAll()
      .where('p.sale_id', '=', saleId)
      .orderBy('p.ordinal')
      .execute(),
    db
      .selectFrom('finance_sales.credit_note as n')
      .selectAll()
      .where('n.sale_id', '=', saleId)
      .orderBy('n.ordinal')
      .execute(),
  ])
  return sale && { ...sale, ...lines, payments, credit_notes: creditNotes }
}
