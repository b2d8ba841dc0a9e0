import { z } from 'zod'
import type { PaymentRow } from '#projections/finance/payment.ts'
import type { Sale, SaleDetail } from '#projections/finance/sale-queries.ts'
import { money, moneyOut } from '../money.ts'
import { creditNoteFields, creditNoteFieldsView } from './credit-note-view.ts'
import { linesOut, linesView, sourceOut, sourceView } from './document-view.ts'

const commissionOut = z.strictObject({
  tier: z.string().nullable(),
  rate: z.string().nullable().describe('Percent.'),
  net: moneyOut,
  gross: moneyOut,
  takenBack: moneyOut,
  paid: moneyOut,
  dueOn: z.string().nullable(),
})

const saleFields = {
  id: z.string(),
  source: sourceOut,
  customerId: z.string().nullable(),
  customerName: z.string().nullable(),
  agent: z.string(),
  basis: z.enum(['principal', 'agent']),
  status: z.enum(['pending', 'completed', 'cancelled']),
  saleAmount: moneyOut.describe('Net of tax.'),
  tax: moneyOut,
  gross: moneyOut,
  paid: moneyOut,
  overpaid: moneyOut.describe('Became credit of the customer.'),
  credited: moneyOut,
  allocated: moneyOut,
  writtenOff: moneyOut,
  cancelled: moneyOut,
  owed: moneyOut.describe('Owed to us: the price, or our commission of a brokered sale.'),
  clientMoney: moneyOut,
  commission: commissionOut,
  propertyType: z.string().nullable(),
  location: z.string().nullable(),
  occurredOn: z.string(),
  dueOn: z.string(),
  cancelledOn: z.string().nullable(),
  cancelReason: z.string().nullable(),
  recordedAt: z.string(),
  revision: z.int(),
}
export const saleOut = z.strictObject(saleFields).meta({ id: 'Sale' })

export function saleView(row: Sale): z.output<typeof saleOut> {
  const amount = (minor: string) => money(minor, row.currency)
  return {
    id: row.sale_id,
    source: sourceView(row.source, row.number),
    customerId: row.customer_id,
    customerName: row.customer_name,
    agent: row.agent,
    basis: row.basis,
    status: row.status,
    saleAmount: amount(row.net),
    tax: amount(row.tax),
    gross: amount(row.gross),
    paid: amount(row.paid),
    overpaid: amount(row.overpaid),
    credited: amount(row.credited),
    allocated: amount(row.allocated),
    writtenOff: amount(row.written_off),
    cancelled: amount(row.cancelled),
    owed: amount(row.owed),
    clientMoney: amount(row.client_money),
    commission: {
      tier: row.commission_tier,
      rate: row.commission_rate,
      net: amount(row.commission_net),
      gross: amount(row.commission_accrued),
      takenBack: amount(row.commission_taken_back),
      paid: amount(row.commission_paid),
      dueOn: row.commission_due_on,
    },
    propertyType: row.property_type,
    location: row.location,
    occurredOn: row.occurred_on,
    dueOn: row.due_on,
    cancelledOn: row.cancelled_on,
    cancelReason: row.cancel_reason,
    recordedAt: row.recorded_at,
    revision: row.revision,
  }
}

const paymentOut = z.strictObject({
  id: z.string(),
  purpose: z.enum(['price', 'commission']),
  route: z.enum(['through_us', 'direct', 'client_money']),
  method: z.string().nullable(),
  amount: moneyOut,
  toReceivable: moneyOut,
  toCredit: moneyOut,
  toClientMoney: moneyOut,
  reference: z.string().nullable(),
  occurredOn: z.string(),
  recordedAt: z.string(),
  reversedOn: z.string().nullable(),
  reversalCause: z.enum(['bounced', 'mistyped']).nullable(),
})

export const saleDetailOut = z
  .strictObject({
    ...saleFields,
    ...linesOut,
    payments: z.array(paymentOut),
    creditNotes: z.array(z.strictObject(creditNoteFields)),
  })
  .meta({ id: 'SaleDetail' })

export function saleDetailView(row: SaleDetail): z.output<typeof saleDetailOut> {
  return {
    ...saleView(row),
    ...linesView(row, row.currency),
    payments: row.payments.map(paymentView),
    creditNotes: row.credit_notes.map(creditNoteFieldsView),
  }
}

function paymentView(row: PaymentRow): z.output<typeof paymentOut> {
  return {
    id: row.payment_id,
    purpose: row.purpose,
    route: row.route,
    method: row.method,
    amount: money(row.amount, row.currency),
    toReceivable: money(row.to_receivable, row.currency),
    toCredit: money(row.to_credit, row.currency),
    toClientMoney: money(row.to_client_money, row.currency),
    reference: row.reference,
    occurredOn: row.occurred_on,
    recordedAt: row.recorded_at,
    reversedOn: row.reversed_on,
    reversalCause: row.reversal_cause,
  }
}
