import { dayOfFact } from '../../dates.ts'
import { least, type Money } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import { upTo } from '../checks.ts'
import type { PaymentMethod } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'
import { completing } from './pay.ts'
import { commissionLeft, dimensionsOf, type RecordedSale } from './state.ts'

/** principal: we pay our agent the commission, whole or in part. */
export interface PayCommission {
  readonly type: 'PayCommission'
  readonly saleId: string
  readonly payoutId: string
  readonly method: PaymentMethod
  /** Absent: all that is left of it. */
  readonly amount?: Money | undefined
  readonly occurredOn: string
  readonly today: string
}

/** agent basis: the seller gets what we hold for them. */
export interface PassOnClientMoney {
  readonly type: 'PassOnClientMoney'
  readonly saleId: string
  readonly payoutId: string
  /** Absent: all that we hold. */
  readonly amount?: Money | undefined
  readonly occurredOn: string
  readonly today: string
}

/** agent basis: we take what we are owed out of the money we hold. */
export interface TakeCommissionFromClientMoney {
  readonly type: 'TakeCommissionFromClientMoney'
  readonly saleId: string
  readonly paymentId: string
  /** Absent: all that is owed, as far as we hold it. */
  readonly amount?: Money | undefined
  readonly occurredOn: string
  readonly today: string
}

export function payCommission(command: PayCommission, sale: RecordedSale): readonly SaleEvent[] {
  const { saleId, payoutId, method, occurredOn } = command
  if (sale.done.includes(payoutId)) return []
  needBasis(sale, 'principal')
  dayOfFact(occurredOn, command.today)
  const amount = upTo(commissionLeft(sale), command.amount, sale.currency, {
    nothing: ['COMMISSION_NOTHING_LEFT', { saleId }],
    above: ['COMMISSION_ABOVE_LEFT', 'left'],
  })
  const paid = { payoutId, method, amount: String(amount) }
  return [{ type: 'CommissionPaid', data: { ...dimensionsOf(sale, occurredOn), ...paid } }]
}

export function passOn(command: PassOnClientMoney, sale: RecordedSale): readonly SaleEvent[] {
  const { payoutId, occurredOn } = command
  if (sale.done.includes(payoutId)) return []
  needBasis(sale, 'agent')
  dayOfFact(occurredOn, command.today)
  const amount = String(upToHeld(sale, command.amount))
  return [
    { type: 'ClientMoneyPassedOn', data: { ...dimensionsOf(sale, occurredOn), payoutId, amount } },
  ]
}

export function takeCommission(
  command: TakeCommissionFromClientMoney,
  sale: RecordedSale,
): readonly SaleEvent[] {
  const { saleId, paymentId, occurredOn } = command
  if (sale.done.includes(paymentId)) return []
  needBasis(sale, 'agent')
  dayOfFact(occurredOn, command.today)
  const owed = upTo(BigInt(sale.owed), command.amount, sale.currency, {
    nothing: ['SALE_NOTHING_OWED', { saleId }],
    above: ['AMOUNT_ABOVE_OWED', 'owed'],
  })
  const amount = String(least(owed, upToHeld(sale, command.amount)))
  const data = { ...dimensionsOf(sale, occurredOn), paymentId, amount }
  return completing(sale, { type: 'CommissionTakenFromClientMoney', data }, amount)
}

/** Of the buyer's money that we hold; a payment that bounced later leaves none, never less. */
function upToHeld({ saleId, clientMoney, currency }: RecordedSale, asked?: Money): bigint {
  return upTo(BigInt(clientMoney), asked, currency, {
    nothing: ['CLIENT_MONEY_NOTHING_HELD', { saleId }],
    above: ['CLIENT_MONEY_NOT_ENOUGH', 'held'],
  })
}

function needBasis(sale: RecordedSale, needed: RecordedSale['basis']): void {
  const { basis } = sale
  if (basis !== needed) throw new Rejection('SALE_BASIS_MISMATCH', { basis, needed })
}
