import { z } from 'zod'
import type { CreditNoteRow } from '#projections/finance/credit-note.ts'
import type { CreditNote, CreditNoteDetail } from '#projections/finance/document-queries.ts'
import { money, moneyOut } from '../money.ts'
import { linesOut, linesView, sourceOut, sourceView } from './document-view.ts'

export const creditNoteFields = {
  id: z.string(),
  source: sourceOut,
  customerId: z.string().nullable(),
  saleId: z.string().nullable(),
  agent: z.string(),
  basis: z.enum(['principal', 'agent']),
  amount: moneyOut.describe('Net of tax.'),
  tax: moneyOut,
  gross: moneyOut,
  refundMethod: z.string().nullable().describe('Null: it became credit of the customer.'),
  occurredOn: z.string(),
  recordedAt: z.string(),
  revision: z.int(),
}
export const creditNoteOut = z
  .strictObject({ ...creditNoteFields, customerName: z.string().nullable() })
  .meta({ id: 'CreditNote' })
export const creditNoteDetailOut = z
  .strictObject({ ...creditNoteFields, customerName: z.string().nullable(), ...linesOut })
  .meta({ id: 'CreditNoteDetail' })

export function creditNoteFieldsView(row: CreditNoteRow) {
  return {
    id: row.credit_note_id,
    source: sourceView(row.source, row.number),
    customerId: row.customer_id,
    saleId: row.sale_id,
    agent: row.agent,
    basis: row.basis,
    amount: money(row.net, row.currency),
    tax: money(row.tax, row.currency),
    gross: money(row.gross, row.currency),
    refundMethod: row.refund_method,
    occurredOn: row.occurred_on,
    recordedAt: row.recorded_at,
    revision: row.revision,
  }
}

export function creditNoteView(row: CreditNote): z.output<typeof creditNoteOut> {
  return { ...creditNoteFieldsView(row), customerName: row.customer_name }
}

export function creditNoteDetailView(row: CreditNoteDetail): z.output<typeof creditNoteDetailOut> {
  return { ...creditNoteView(row), ...linesView(row, row.currency) }
}
