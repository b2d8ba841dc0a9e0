import { formatAmount, type Money, positive } from '../money/money.ts'
import { Rejection, type RejectionFacts } from '../rejection.ts'
import type { PaymentMethod } from './documents.ts'

/**
 * The minor units of an amount that must be above zero and of the document's currency.
 *
 * @throws Rejection CURRENCY_MISMATCH, AMOUNT_NEGATIVE, AMOUNT_ZERO, AMOUNT_OUT_OF_RANGE
 */
export function amountIn(currency: string, money: Money, field = 'amount'): bigint {
  sameCurrency(currency, money.currency, field)
  return positive(money.amount, currency, field)
}

/** @throws Rejection CURRENCY_MISMATCH */
export function sameCurrency(expected: string, given: string, field: string): void {
  if (given !== expected) throw new Rejection('CURRENCY_MISMATCH', { expected, given }, field)
}

/**
 * How money goes back to a customer: it becomes credit. Without a customer it is paid back by a named
 * method.
 *
 * @throws Rejection REFUND_METHOD_REQUIRED, REFUND_METHOD_NOT_ALLOWED
 */
export function refundMethodFor(
  customerId: string | undefined,
  method: PaymentMethod | undefined,
): PaymentMethod | undefined {
  if (customerId === undefined && method === undefined) {
    throw new Rejection('REFUND_METHOD_REQUIRED', {}, 'refundMethod')
  }
  if (customerId !== undefined && method !== undefined) {
    throw new Rejection('REFUND_METHOD_NOT_ALLOWED', {}, 'refundMethod')
  }
  return method
}

/**
 * How a credit note is paid back; the price of a brokered sale never came to us, so that there is
 * nothing of it to pay back.
 *
 * @throws Rejection as `refundMethodFor`
 */
export function refundOfNote(
  {
    basis,
    customerId,
  }: { readonly basis: 'principal' | 'agent'; readonly customerId?: string | undefined },
  method: PaymentMethod | undefined,
): PaymentMethod | undefined {
  return basis === 'principal' ? refundMethodFor(customerId, method) : undefined
}

/** What is refused of an amount that may be left out: where nothing is left, and above what is. */
interface Limit<Name extends keyof AboveLeft> {
  readonly nothing: readonly [code: NothingLeft, facts: RejectionFacts]
  /** With what is left as the fact `name`. */
  readonly above: readonly [code: AboveLeft[Name], name: Name]
}

interface AboveLeft {
  readonly owed: 'AMOUNT_ABOVE_OWED'
  readonly left: 'COMMISSION_ABOVE_LEFT' | 'WRITE_OFF_ABOVE_LEFT'
  readonly held: 'CLIENT_MONEY_NOT_ENOUGH'
}

type NothingLeft =
  | 'SALE_NOTHING_OWED'
  | 'COMMISSION_NOTHING_LEFT'
  | 'WRITE_OFF_NOTHING_LEFT'
  | 'CLIENT_MONEY_NOTHING_HELD'

/**
 * The amount asked for, or all that is left when none was named. Where nothing is left no amount would
 * do, and none is blamed.
 */
export function upTo<Name extends keyof AboveLeft>(
  left: bigint,
  asked: Money | undefined,
  currency: string,
  { nothing, above }: Limit<Name>,
): bigint {
  if (left <= 0n) throw new Rejection(...nothing)
  const amount = asked === undefined ? left : amountIn(currency, asked)
  if (amount <= left) return amount
  const [code, name] = above
  throw new Rejection(code, { [name]: formatAmount(left, currency), currency }, 'amount')
}
