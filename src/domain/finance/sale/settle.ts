import { dayOfFact } from '../../dates.ts'
import { formatAmount, least, type Money } from '../../money/money.ts'
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
  const { payoutId, method, occurredOn } = command
  if (sale.done.includes(payoutId)) return []
  needBasis(sale, 'principal')
  dayOfFact(occurredOn, command.today)
  const refusal = ['COMMISSION_ABOVE_LEFT', 'left'] as const
  const amount = String(upTo(commissionLeft(sale), command.amount, sale.currency, refusal))
  return [
    {
      type: 'CommissionPaid',
      data: { ...dimensionsOf(sale, occurredOn), payoutId, method, amount },
    },
  ]
}

export function passOn(command: PassOnClientMoney, sale: RecordedSale): readonly SaleEvent[] {
  const { payoutId, occurredOn } = command
  if (sale.done.includes(payoutId)) return []
  needBasis(sale, 'agent')
  dayOfFact(occurredOn, command.today)
  const refusal = ['CLIENT_MONEY_NOT_ENOUGH', 'held'] as const
  const amount = String(upTo(held(sale), command.amount, sale.currency, refusal))
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
  const owed = BigInt(sale.owed)
  if (owed === 0n) throw new Rejection('SALE_NOTHING_OWED', { saleId })
  const asked = command.amount ?? { amount: least(owed, held(sale)), currency: sale.currency }
  if (asked.amount > held(sale) || held(sale) === 0n) {
    const facts = { held: formatAmount(held(sale), sale.currency), currency: sale.currency }
    throw new Rejection('CLIENT_MONEY_NOT_ENOUGH', facts, 'amount')
  }
  const amount = String(upTo(owed, asked, sale.currency, ['AMOUNT_ABOVE_OWED', 'owed']))
  const data = { ...dimensionsOf(sale, occurredOn), paymentId, amount }
  return completing(sale, { type: 'CommissionTakenFromClientMoney', data }, amount)
}

/** What we hold of the buyer's money; a payment that bounced later leaves none, never less. */
function held(sale: RecordedSale): bigint {
  const amount = BigInt(sale.clientMoney)
  return amount > 0n ? amount : 0n
}

function needBasis(sale: RecordedSale, needed: RecordedSale['basis']): void {
  const { basis } = sale
  if (basis !== needed) throw new Rejection('SALE_BASIS_MISMATCH', { basis, needed })
}
