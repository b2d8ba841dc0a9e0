import { dayAfterFact, dayOfFact } from '../../dates.ts'
import { lookup, present } from '../../fields.ts'
import { formatAmount, least, type Money } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import { amountIn } from '../checks.ts'
import type { PaymentMethod } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'
import { dimensionsOf, type RecordedSale } from './state.ts'

/** Money that came in, or, `direct`, went past us. */
export interface PaymentInput {
  readonly paymentId: string
  readonly method: PaymentMethod
  /** Absent: in full, that is all that is owed, or the whole price of a brokered sale. */
  readonly amount?: Money | undefined
  /** Default: price. */
  readonly purpose?: 'price' | 'commission' | undefined
  /** Default: through us. */
  readonly route?: 'through_us' | 'direct' | undefined
  readonly reference?: string | undefined
}

export interface ReceivePayment extends PaymentInput {
  readonly type: 'ReceivePayment'
  readonly saleId: string
  readonly occurredOn: string
  readonly today: string
}

/** The mirror of one payment, whole. */
export interface ReversePayment {
  readonly type: 'ReversePayment'
  readonly saleId: string
  readonly paymentId: string
  readonly cause: 'bounced' | 'mistyped'
  readonly occurredOn: string
  readonly today: string
}

/** Customer credit, reserved before, meets what the sale owes; what it does not owe is not taken. */
export interface AllocateCustomerCredit {
  readonly type: 'AllocateCustomerCredit'
  readonly saleId: string
  readonly customerId: string
  readonly allocationId: string
  readonly amount: Money
  readonly occurredOn: string
  readonly today: string
}

export function receivePayment(command: ReceivePayment, sale: RecordedSale): readonly SaleEvent[] {
  if (lookup(sale.payments, command.paymentId) !== undefined) return []
  dayOfFact(command.occurredOn, command.today)
  const received = paymentOf(sale, command, command.occurredOn)
  return completing(sale, received, received.data.toReceivable)
}

export function reversePayment(command: ReversePayment, sale: RecordedSale): readonly SaleEvent[] {
  const { paymentId, cause, occurredOn } = command
  const payment = lookup(sale.payments, paymentId)
  if (payment === undefined) throw new Rejection('PAYMENT_UNKNOWN', { paymentId })
  if (payment.reversed) throw new Rejection('PAYMENT_ALREADY_REVERSED', { paymentId })
  dayAfterFact(occurredOn, command.today, payment.occurredOn)
  const { occurredOn: _day, reversed: _reversed, ...split } = payment
  const data = { ...dimensionsOf(sale, occurredOn), ...split, paymentId, cause }
  return [{ type: 'SalePaymentReversed', data }]
}

export function allocate(
  command: AllocateCustomerCredit,
  sale: RecordedSale,
): readonly SaleEvent[] {
  const { saleId, allocationId, occurredOn } = command
  if (sale.done.includes(allocationId)) return []
  dayOfFact(occurredOn, command.today)
  if (sale.customerId === undefined) throw new Rejection('SALE_WITHOUT_CUSTOMER', { saleId })
  if (sale.customerId !== command.customerId) {
    throw new Rejection('SALE_OF_OTHER_CUSTOMER', { saleId })
  }
  const asked = amountIn(sale.currency, command.amount)
  const amount = String(least(asked, BigInt(sale.owed)))
  if (amount === '0') throw new Rejection('SALE_NOTHING_OWED', { saleId })
  const data = { ...dimensionsOf(sale, occurredOn), allocationId, amount }
  return completing(sale, { type: 'SaleCreditAllocated', data }, amount)
}

type Received = Extract<SaleEvent, { readonly type: 'SalePaymentReceived' }>

/**
 * The payment with its split, decided here once. What is above the debt becomes credit of the customer,
 * and is refused where there is none: over the counter it is given back there. A brokered price
 * through our hands is the seller's, all of it.
 *
 * @throws Rejection SALE_NOTHING_OWED, AMOUNT_ABOVE_OWED, PAYMENT_KIND_NOT_ALLOWED, and as `amountIn`
 */
export function paymentOf(
  sale: RecordedSale,
  payment: PaymentInput,
  occurredOn: string,
  fieldPrefix = '',
): Received {
  const { paymentId, method, reference, purpose = 'price', route = 'through_us' } = payment
  const brokered = sale.basis === 'agent' && purpose === 'price'
  const known = sale.basis === 'agent' || purpose === 'price'
  if (!known || (route === 'direct' && !brokered)) {
    const facts = { purpose, route, basis: sale.basis }
    throw new Rejection('PAYMENT_KIND_NOT_ALLOWED', facts, `${fieldPrefix}purpose`)
  }
  const forDebt = payment.amount === undefined || sale.customerId === undefined
  if (forDebt && !brokered && sale.owed === '0') {
    throw new Rejection('SALE_NOTHING_OWED', { saleId: sale.saleId })
  }
  const full = { amount: BigInt(brokered ? sale.gross : sale.owed), currency: sale.currency }
  const amount = amountIn(sale.currency, payment.amount ?? full, `${fieldPrefix}amount`)
  const toReceivable = brokered ? 0n : least(amount, BigInt(sale.owed))
  const toCredit = brokered ? 0n : amount - toReceivable
  if (toCredit > 0n && sale.customerId === undefined) {
    const facts = { owed: formatAmount(sale.owed, sale.currency), currency: sale.currency }
    throw new Rejection('AMOUNT_ABOVE_OWED', facts, `${fieldPrefix}amount`)
  }
  const data = present({
    ...dimensionsOf(sale, occurredOn),
    purpose,
    route,
    method,
    amount: String(amount),
    toReceivable: String(toReceivable),
    toCredit: String(toCredit),
    toClientMoney: String(brokered && route === 'through_us' ? amount : 0n),
    paymentId,
    reference,
  })
  return { type: 'SalePaymentReceived', data }
}

/** The event, and that the sale is complete when it took all that was still owed. */
export function completing(
  sale: RecordedSale,
  event: Extract<SaleEvent, { readonly data: { readonly occurredOn: string } }>,
  taken: string,
): readonly SaleEvent[] {
  const complete = taken !== '0' && taken === sale.owed
  return complete ? [event, completion(sale, event.data)] : [event]
}

export function completion(
  sale: RecordedSale,
  { occurredOn }: { readonly occurredOn: string },
): SaleEvent {
  return { type: 'SaleCompleted', data: dimensionsOf(sale, occurredOn) }
}
