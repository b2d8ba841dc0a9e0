import type { ReadonlyKysely } from 'kysely/readonly'
import { findCustomerAsOf } from '../crm/past-customers.ts'
import type { PastRows } from '../engine/past-rows.ts'
import { concerning } from '../engine/projection.ts'
import { foldPast, onlyTables, type PastSource } from '../log/past-events.ts'
import type { ReadModels } from '../read-models.ts'
import { badDebt } from './bad-debt.ts'
import { creditNote } from './credit-note.ts'
import { type CustomerCreditRow, customerCredit } from './customer-credit.ts'
import { documentLines } from './document-lines.ts'
import {
  type BadDebt,
  type CreditNoteDetail,
  type DocumentLines,
  noLines,
} from './document-queries.ts'
import { payment } from './payment.ts'
import { sale } from './sale.ts'
import type { SaleDetail } from './sale-queries.ts'
import { financeSales } from './sales.ts'

/**
 * Documents as they were at an ordinal of the organisation, folded again from their events. Names of
 * customers are those of then, or what of them can still be read.
 */

type Db = ReadonlyKysely<ReadModels>

export async function findSaleAsOf(
  source: PastSource,
  db: Db,
  saleId: string,
  until: string,
): Promise<SaleDetail | undefined> {
  const tables = onlyTables(financeSales, [sale, payment, creditNote, documentLines])
  const madeBy = concerning('sale', saleId)
  const rows = await foldPast(source, db, [tables], { madeBy, until })
  const found = rows.row(sale, { sale_id: saleId })
  if (found === undefined) return undefined
  const ofSale = (row: { readonly sale_id: string | null }): boolean => row.sale_id === saleId
  return {
    ...found,
    ...linesOf(rows, saleId),
    customer_name: await nameAsOf(source, db, found.customer_id, until),
    payments: rows.rows(payment).filter(ofSale),
    credit_notes: rows.rows(creditNote).filter(ofSale),
  }
}

export async function findCreditNoteAsOf(
  source: PastSource,
  db: Db,
  creditNoteId: string,
  until: string,
): Promise<CreditNoteDetail | undefined> {
  const tables = onlyTables(financeSales, [creditNote, documentLines])
  const madeBy = concerning('credit_note', creditNoteId)
  const rows = await foldPast(source, db, [tables], { madeBy, until })
  const found = rows.row(creditNote, { credit_note_id: creditNoteId })
  if (found === undefined) return undefined
  const customer_name = await nameAsOf(source, db, found.customer_id, until)
  return { ...found, customer_name, ...linesOf(rows, creditNoteId) }
}

export async function findBadDebtAsOf(
  source: PastSource,
  db: Db,
  badDebtId: string,
  until: string,
): Promise<BadDebt | undefined> {
  const madeBy = concerning('bad_debt', badDebtId)
  const tables = onlyTables(financeSales, [badDebt])
  const rows = await foldPast(source, db, [tables], { madeBy, until })
  const found = rows.row(badDebt, { bad_debt_id: badDebtId })
  return found && { ...found, customer_name: await nameAsOf(source, db, found.customer_id, until) }
}

/** What we owed a customer back, per currency. */
export async function customerCreditAsOf(
  source: PastSource,
  db: Db,
  customerId: string,
  until: string,
): Promise<readonly CustomerCreditRow[]> {
  const tables = onlyTables(financeSales, [customerCredit])
  const madeBy = concerning('customer', customerId)
  const rows = await foldPast(source, db, [tables], { madeBy, until })
  return rows
    .rows(customerCredit)
    .filter((row) => row.customer_id === customerId)
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
}

function linesOf(rows: PastRows, documentId: string): DocumentLines {
  const found = rows.rows(documentLines)
  return found.find((row) => row.document_id === documentId) ?? noLines
}

async function nameAsOf(
  source: PastSource,
  db: Db,
  customerId: string | null,
  until: string,
): Promise<string | null> {
  if (customerId === null) return null
  return (await findCustomerAsOf(source, db, customerId, until))?.name ?? null
}
