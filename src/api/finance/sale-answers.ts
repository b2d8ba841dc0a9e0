import { z } from 'zod'
import type { EventOf } from '#domain/events.ts'
import type { SaleEvent } from '#domain/finance/sale.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { dataOf, needData } from '../command-answers.ts'
import { money, moneyOut } from '../money.ts'
import { linesOut, lineView, sourceOut, taxView } from './document-view.ts'

/**
 * Answers to commands on sales, made from the command's own events: a repeat is answered as the first
 * time, whatever happened since.
 */

export type SaleEvents = readonly RecordedEvent<SaleEvent>[]

const commissionOut = z.strictObject({
  tier: z.string().nullable(),
  rate: z.string().describe('Percent.'),
  net: moneyOut,
  tax: moneyOut,
  gross: moneyOut,
  dueOn: z.string(),
})

export const paymentAnswerOut = z
  .strictObject({
    id: z.string(),
    saleId: z.string(),
    purpose: z.enum(['price', 'commission']),
    route: z.enum(['through_us', 'direct']),
    method: z.string(),
    amount: moneyOut,
    toReceivable: moneyOut.describe('Met what was owed.'),
    toCredit: moneyOut.describe('Above what was owed: credit of the customer.'),
    toClientMoney: moneyOut,
    reference: z.string().nullable(),
    occurredOn: z.string(),
    saleCompleted: z.boolean(),
  })
  .meta({ id: 'PaymentReceived' })

export const saleRecordedOut = z
  .strictObject({
    id: z.string(),
    source: sourceOut,
    customerId: z.string().nullable(),
    agent: z.string(),
    basis: z.enum(['principal', 'agent']),
    status: z.enum(['pending', 'completed']),
    saleAmount: moneyOut,
    tax: moneyOut,
    gross: moneyOut,
    lines: linesOut.lines,
    taxes: linesOut.taxes,
    exact: linesOut.exact,
    commission: commissionOut.nullable(),
    payment: paymentAnswerOut.nullable(),
    propertyType: z.string().nullable(),
    location: z.string().nullable(),
    occurredOn: z.string(),
    dueOn: z.string(),
  })
  .meta({ id: 'SaleRecorded' })

export function saleRecordedView(events: SaleEvents): z.output<typeof saleRecordedOut> {
  const sale = needData(events, 'SaleRecorded')
  const commission = dataOf(events, 'CommissionAccrued')
  const amount = (minor: string) => money(minor, sale.currency)
  return {
    id: sale.saleId,
    source: sale.source ?? null,
    customerId: sale.customerId ?? null,
    agent: sale.agent,
    basis: sale.basis,
    status: dataOf(events, 'SaleCompleted') === undefined ? 'pending' : 'completed',
    saleAmount: amount(sale.net),
    tax: amount(sale.tax),
    gross: amount(sale.gross),
    lines: (sale.lines ?? []).map(lineView),
    taxes: sale.taxes.map((tax) => taxView(tax, sale.currency)),
    exact: sale.roundedFrom?.exact ?? null,
    commission: commission === undefined ? null : commissionView(commission),
    payment: dataOf(events, 'SalePaymentReceived') === undefined ? null : paymentView(events),
    propertyType: sale.propertyType ?? null,
    location: sale.location ?? null,
    occurredOn: sale.occurredOn,
    dueOn: sale.dueOn,
  }
}

function commissionView(
  data: EventOf<'CommissionAccrued'>['data'],
): z.output<typeof commissionOut> {
  return {
    tier: data.tier ?? null,
    rate: data.rate,
    net: money(data.net, data.currency),
    tax: money(data.tax, data.currency),
    gross: money(data.gross, data.currency),
    dueOn: data.dueOn,
  }
}

export function paymentView(events: SaleEvents): z.output<typeof paymentAnswerOut> {
  const data = needData(events, 'SalePaymentReceived')
  const amount = (minor: string) => money(minor, data.currency)
  return {
    id: data.paymentId,
    saleId: data.saleId,
    purpose: data.purpose,
    route: data.route,
    method: data.method,
    amount: amount(data.amount),
    toReceivable: amount(data.toReceivable),
    toCredit: amount(data.toCredit),
    toClientMoney: amount(data.toClientMoney),
    reference: data.reference ?? null,
    occurredOn: data.occurredOn,
    saleCompleted: dataOf(events, 'SaleCompleted') !== undefined,
  }
}
