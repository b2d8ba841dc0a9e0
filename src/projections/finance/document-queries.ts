import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { BadDebtRow } from './bad-debt.ts'
import type { CreditNoteRow } from './credit-note.ts'
import type { CustomerCreditRow } from './customer-credit.ts'
import type { DocumentLinesRow } from './document-lines.ts'

export type DocumentLines = Pick<DocumentLinesRow, 'lines' | 'taxes' | 'exact'>

/** With the customer's name joined. */
export type CreditNote = CreditNoteRow & { readonly customer_name: string | null }
export type CreditNoteDetail = CreditNote & DocumentLines
export type BadDebt = BadDebtRow & { readonly customer_name: string | null }

export interface DocumentFilter {
  readonly customerId?: string | undefined
  readonly saleId?: string | undefined
  readonly currency?: string | undefined
  readonly number?: string | undefined
  /** Days of the document, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Which documents `d` a page holds: those that fit the filter, after the cursor. */
function matches(filter: DocumentFilter, cursor: string | undefined) {
  const conditions = [sql`true`]
  const { customerId, saleId, currency, number, from, to } = filter
  if (customerId !== undefined) conditions.push(sql`d.customer_id = ${customerId}`)
  if (saleId !== undefined) conditions.push(sql`d.sale_id = ${saleId}`)
  if (currency !== undefined) conditions.push(sql`d.currency = ${currency}`)
  if (number !== undefined) conditions.push(sql`d.number = ${number}`)
  if (from !== undefined) conditions.push(sql`d.occurred_on >= ${from}`)
  if (to !== undefined) conditions.push(sql`d.occurred_on <= ${to}`)
  if (cursor !== undefined) {
    const [day, ordinal] = decodeCursor(cursor, ['date', 'number'])
    conditions.push(sql`(d.occurred_on, d.ordinal) < (${day}, ${ordinal})`)
  }
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}

/** Of a document that was an amount alone. */
export const noLines: DocumentLines = { lines: [], taxes: [], exact: null }

/** None when the document was an amount alone. */
export async function findDocumentLines(
  db: ReadonlyKysely<ReadModels>,
  documentId: string,
): Promise<DocumentLines> {
  const found = await db
    .selectFrom('finance_sales.document_lines')
    .select(['lines', 'taxes', 'exact'])
    .where('document_id', '=', documentId)
    .executeTakeFirst()
  return found ?? noLines
}

const creditNotes = (db: ReadonlyKysely<ReadModels>) =>
  db
    .selectFrom('finance_sales.credit_note as d')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'd.customer_id')
    .selectAll('d')
    .select('c.name as customer_name')

/** Latest first. @throws Rejection CURSOR_INVALID */
export async function listCreditNotes(
  db: ReadonlyKysely<ReadModels>,
  filter: DocumentFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<CreditNote>> {
  const rows = await creditNotes(db)
    .where(matches(filter, cursor))
    .orderBy('d.occurred_on', 'desc')
    .orderBy('d.ordinal', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (row) => [row.occurred_on, row.ordinal])
}

export async function findCreditNote(
  db: ReadonlyKysely<ReadModels>,
  creditNoteId: string,
): Promise<CreditNoteDetail | undefined> {
  const [found, lines] = await Promise.all([
    creditNotes(db).where('d.credit_note_id', '=', creditNoteId).executeTakeFirst(),
    findDocumentLines(db, creditNoteId),
  ])
  return found && { ...found, ...lines }
}

const badDebts = (db: ReadonlyKysely<ReadModels>) =>
  db
    .selectFrom('finance_sales.bad_debt as d')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'd.customer_id')
    .selectAll('d')
    .select('c.name as customer_name')

/** Latest first. @throws Rejection CURSOR_INVALID */
export async function listBadDebts(
  db: ReadonlyKysely<ReadModels>,
  filter: DocumentFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<BadDebt>> {
  const rows = await badDebts(db)
    .where(matches(filter, cursor))
    .orderBy('d.occurred_on', 'desc')
    .orderBy('d.ordinal', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (row) => [row.occurred_on, row.ordinal])
}

export async function findBadDebt(
  db: ReadonlyKysely<ReadModels>,
  badDebtId: string,
): Promise<BadDebt | undefined> {
  return badDebts(db).where('d.bad_debt_id', '=', badDebtId).executeTakeFirst()
}

/** What we owe a customer back, per currency. */
export async function customerCreditOf(
  db: ReadonlyKysely<ReadModels>,
  customerId: string,
): Promise<readonly CustomerCreditRow[]> {
  return db
    .selectFrom('finance_sales.customer_credit')
    .selectAll()
    .where('customer_id', '=', customerId)
    .orderBy('currency')
    .execute()
}
