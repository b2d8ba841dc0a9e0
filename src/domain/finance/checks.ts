import { formatAmount, type Money, positive } from '../money/money.ts'
import { Rejection } from '../rejection.ts'
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

/**
 * The amount asked for, or all that is left when none was named; refused above what is left, with
 * that as the fact `name`.
 */
export function upTo<Name extends 'owed' | 'left' | 'held'>(
  left: bigint,
  asked: Money | undefined,
  currency: string,
  refusal: readonly [code: RefusalOf[Name], name: Name],
): bigint {
  const amount = asked === undefined ? left : amountIn(currency, asked)
  if (amount <= left && amount > 0n) return amount
  const [code, name] = refusal
  throw new Rejection(code, { [name]: formatAmount(left, currency), currency }, 'amount')
}

interface RefusalOf {
  readonly owed: 'AMOUNT_ABOVE_OWED'
  readonly left: 'COMMISSION_ABOVE_LEFT' | 'WRITE_OFF_ABOVE_LEFT'
  readonly held: 'CLIENT_MONEY_NOT_ENOUGH'
}
