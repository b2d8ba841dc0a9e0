import { z } from 'zod'
import { dataOf, needData } from '../command-answers.ts'
import { money, moneyOut } from '../money.ts'
import type { SaleEvents } from './sale-answers.ts'

/** Answers to what happens to a sale after it was recorded, made from the command's own events. */

export const reversalOut = z
  .strictObject({
    saleId: z.string(),
    paymentId: z.string(),
    cause: z.enum(['bounced', 'mistyped']),
    amount: moneyOut,
    occurredOn: z.string(),
  })
  .meta({ id: 'PaymentReversed' })

export function reversalView(events: SaleEvents): z.output<typeof reversalOut> {
  const { saleId, paymentId, cause, amount, currency, occurredOn } = needData(
    events,
    'SalePaymentReversed',
  )
  return { saleId, paymentId, cause, amount: money(amount, currency), occurredOn }
}

export const cancellationOut = z
  .strictObject({
    id: z.string(),
    status: z.literal('cancelled'),
    gross: moneyOut.describe('Taken back: what was not yet credited.'),
    fromReceivable: moneyOut.describe('Of that, what was still owed.'),
    toCredit: moneyOut.describe('Of that, what was paid: credit of the customer, or paid back.'),
    refundMethod: z.string().nullable(),
    commissionTakenBack: moneyOut,
    occurredOn: z.string(),
  })
  .meta({ id: 'SaleCancelled' })

export function cancellationView(events: SaleEvents): z.output<typeof cancellationOut> {
  const data = needData(events, 'SaleCancelled')
  const amount = (minor: string) => money(minor, data.currency)
  return {
    id: data.saleId,
    status: 'cancelled',
    gross: amount(data.gross),
    fromReceivable: amount(data.fromReceivable),
    toCredit: amount(data.toCredit),
    refundMethod: data.refundMethod ?? null,
    commissionTakenBack: amount(dataOf(events, 'CommissionTakenBack')?.gross ?? '0'),
    occurredOn: data.occurredOn,
  }
}

export const allocationOut = z
  .strictObject({
    id: z.string(),
    saleId: z.string(),
    amount: moneyOut.describe('What the sale took; the rest stays credit.'),
    occurredOn: z.string(),
    saleCompleted: z.boolean(),
  })
  .meta({ id: 'CreditAllocated' })

export function allocationView(events: SaleEvents): z.output<typeof allocationOut> {
  const data = needData(events, 'SaleCreditAllocated')
  return {
    id: data.allocationId,
    saleId: data.saleId,
    amount: money(data.amount, data.currency),
    occurredOn: data.occurredOn,
    saleCompleted: dataOf(events, 'SaleCompleted') !== undefined,
  }
}

export const payoutOut = z
  .strictObject({
    id: z.string(),
    saleId: z.string(),
    agent: z.string(),
    method: z.string().nullable(),
    amount: moneyOut,
    occurredOn: z.string(),
  })
  .meta({ id: 'Payout' })

export function commissionPayoutView(events: SaleEvents): z.output<typeof payoutOut> {
  const data = needData(events, 'CommissionPaid')
  const { payoutId: id, saleId, agent, method, occurredOn } = data
  return { id, saleId, agent, method, amount: money(data.amount, data.currency), occurredOn }
}

export function clientMoneyPayoutView(events: SaleEvents): z.output<typeof payoutOut> {
  const data = needData(events, 'ClientMoneyPassedOn')
  const { payoutId: id, saleId, agent, occurredOn } = data
  const amount = money(data.amount, data.currency)
  return { id, saleId, agent, method: null, amount, occurredOn }
}

export function commissionTakenView(events: SaleEvents): z.output<typeof payoutOut> {
  const data = needData(events, 'CommissionTakenFromClientMoney')
  const { paymentId: id, saleId, agent, occurredOn } = data
  const amount = money(data.amount, data.currency)
  return { id, saleId, agent, method: null, amount, occurredOn }
}
