import { z } from 'zod'
import { dayOfFact } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import { amountOf, currencyCode, type EventsOf, identifier, localDate } from '../event-schema.ts'
import { lookup } from '../fields.ts'
import { exponentOf } from '../money/currencies.ts'
import { formatAmount, type Money, minus, plus, positive } from '../money/money.ts'
import { Rejection } from '../rejection.ts'
import { type PaymentMethod, paymentMethod } from './documents.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// One stream per customer. Money arrives by facts posted elsewhere (payments above what was owed,
// credit notes, cancellations); here it is only counted, so that it cannot be spent twice.

/** The fact elsewhere that gave or took back credit. */
const origin = z.object({
  kind: z.enum(['payment', 'payment_reversal', 'credit_note', 'cancellation']),
  id: identifier,
})

export const customerCreditEvents = {
  CustomerCreditReceived: z.object({
    customerId: identifier,
    currency: currencyCode,
    amount: amountOf,
    origin,
  }),
  /** A payment that had become credit bounced; may leave the credit below zero. */
  CustomerCreditWithdrawn: z.object({
    customerId: identifier,
    currency: currencyCode,
    amount: amountOf,
    origin,
  }),
  /** Set aside for a sale; posted when the sale records it. */
  CustomerCreditReserved: z.object({
    customerId: identifier,
    currency: currencyCode,
    allocationId: identifier,
    saleId: identifier,
    amount: amountOf,
  }),
  /** The sale did not take it, or only a part; the rest is free again. */
  CustomerCreditReservationReleased: z.object({
    customerId: identifier,
    currency: currencyCode,
    allocationId: identifier,
    saleId: identifier,
    amount: amountOf,
  }),
  CustomerCreditRefunded: z.object({
    customerId: identifier,
    currency: currencyCode,
    refundId: identifier,
    method: paymentMethod,
    amount: amountOf,
    occurredOn: localDate,
  }),
} as const
export type CustomerCreditEvent = EventsOf<typeof customerCreditEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface CustomerCredit {
  /** What can be spent, by currency; below zero when a payment bounced whose credit was spent. */
  readonly available: Readonly<Record<string, string>>
  /** What of each allocation is set aside or spent; '0' when the sale did not take it. */
  readonly reservations: Readonly<Record<string, Reservation>>
  /** Origins and refunds that were counted. */
  readonly done: readonly string[]
}

export interface Reservation {
  readonly currency: string
  readonly saleId: string
  readonly amount: string
}

/** What can be spent in a currency, in minor units. */
export function availableCredit(state: CustomerCredit, currency: string): bigint {
  return BigInt(lookup(state.available, currency) ?? '0')
}

/**
 * The reservation of an allocation: set aside or spent. Undefined when there never was one or when
 * it was released as a whole, so that a repeat does not spend what is free again.
 */
export function reservationOf(
  state: CustomerCredit,
  allocationId: string,
): Reservation | undefined {
  const reservation = lookup(state.reservations, allocationId)
  return reservation?.amount === '0' ? undefined : reservation
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: CustomerCredit, event: CustomerCreditEvent): CustomerCredit => {
  switch (event.type) {
    case 'CustomerCreditReceived': {
      const { currency, amount, origin } = event.data
      return once(available(state, currency, amount), originId(origin))
    }
    case 'CustomerCreditWithdrawn': {
      const { currency, amount, origin } = event.data
      return once(available(state, currency, `-${amount}`), originId(origin))
    }
    case 'CustomerCreditReserved': {
      const { currency, saleId, amount, allocationId } = event.data
      return reserved(available(state, currency, `-${amount}`), allocationId, {
        currency,
        saleId,
        amount,
      })
    }
    case 'CustomerCreditReservationReleased': {
      const { currency, saleId, amount, allocationId } = event.data
      const before = lookup(state.reservations, allocationId)?.amount ?? amount
      return reserved(available(state, currency, amount), allocationId, {
        currency,
        saleId,
        amount: minus(before, amount),
      })
    }
    case 'CustomerCreditRefunded': {
      const { currency, amount, refundId } = event.data
      return once(available(state, currency, `-${amount}`), refundId)
    }
    default:
      return state
  }
}

function available(state: CustomerCredit, currency: string, more: string): CustomerCredit {
  const sum = plus(lookup(state.available, currency) ?? '0', more)
  return { ...state, available: { ...state.available, [currency]: sum } }
}

function reserved(state: CustomerCredit, id: string, reservation: Reservation): CustomerCredit {
  return { ...state, reservations: { ...state.reservations, [id]: reservation } }
}

function once(state: CustomerCredit, id: string): CustomerCredit {
  return { ...state, done: [...state.done, id] }
}

type Origin = z.output<typeof origin>

function originId({ kind, id }: Origin): string {
  return `${kind}:${id}`
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** A fact elsewhere gave credit, once per origin. */
export interface ReceiveCustomerCredit {
  readonly type: 'ReceiveCustomerCredit'
  readonly customerId: string
  readonly amount: Money
  readonly origin: Origin
}

/** A fact elsewhere took it back, once per origin; never refused. */
export interface WithdrawCustomerCredit {
  readonly type: 'WithdrawCustomerCredit'
  readonly customerId: string
  readonly amount: Money
  readonly origin: Origin
}

export interface ReserveCustomerCredit {
  readonly type: 'ReserveCustomerCredit'
  readonly customerId: string
  readonly allocationId: string
  readonly saleId: string
  readonly amount: Money
}

/** Frees what the sale did not take. */
export interface ReleaseCustomerCredit {
  readonly type: 'ReleaseCustomerCredit'
  readonly customerId: string
  readonly allocationId: string
  /** What the sale took, in minor units: zero when it refused. */
  readonly taken: bigint
}

export interface RefundCustomerCredit {
  readonly type: 'RefundCustomerCredit'
  readonly customerId: string
  readonly refundId: string
  readonly amount: Money
  readonly method: PaymentMethod
  readonly occurredOn: string
  readonly today: string
}

export type CustomerCreditCommand =
  | ReceiveCustomerCredit
  | WithdrawCustomerCredit
  | ReserveCustomerCredit
  | ReleaseCustomerCredit
  | RefundCustomerCredit

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (
  command: CustomerCreditCommand,
  state: CustomerCredit,
): readonly CustomerCreditEvent[] => {
  switch (command.type) {
    case 'ReceiveCustomerCredit':
      return counted('CustomerCreditReceived', command, state)
    case 'WithdrawCustomerCredit':
      return counted('CustomerCreditWithdrawn', command, state)
    case 'ReserveCustomerCredit':
      return reserve(command, state)
    case 'ReleaseCustomerCredit':
      return release(command, state)
    case 'RefundCustomerCredit':
      return refund(command, state)
    default:
      return unreachable(command)
  }
}

function counted(
  type: 'CustomerCreditReceived' | 'CustomerCreditWithdrawn',
  { customerId, amount, origin }: ReceiveCustomerCredit | WithdrawCustomerCredit,
  state: CustomerCredit,
): readonly CustomerCreditEvent[] {
  if (state.done.includes(originId(origin))) return []
  const { currency } = amount
  return [{ type, data: { customerId, currency, amount: minorOf(amount), origin } }]
}

function reserve(
  command: ReserveCustomerCredit,
  state: CustomerCredit,
): readonly CustomerCreditEvent[] {
  const { customerId, allocationId, saleId } = command
  if (lookup(state.reservations, allocationId) !== undefined) {
    if (reservationOf(state, allocationId) !== undefined) return []
    throw new Rejection('ALLOCATION_RELEASED', { allocationId })
  }
  const amount = spendable(command.amount, state)
  const { currency } = command.amount
  const data = { customerId, currency, allocationId, saleId, amount }
  return [{ type: 'CustomerCreditReserved', data }]
}

function release(
  { customerId, allocationId, taken }: ReleaseCustomerCredit,
  state: CustomerCredit,
): readonly CustomerCreditEvent[] {
  const reservation = lookup(state.reservations, allocationId)
  if (reservation === undefined) throw new Rejection('ALLOCATION_UNKNOWN', { allocationId })
  const rest = BigInt(reservation.amount) - taken
  if (rest <= 0n) return []
  const { currency, saleId } = reservation
  const data = { customerId, currency, allocationId, saleId, amount: String(rest) }
  return [{ type: 'CustomerCreditReservationReleased', data }]
}

function refund(
  command: RefundCustomerCredit,
  state: CustomerCredit,
): readonly CustomerCreditEvent[] {
  const { customerId, refundId, method, occurredOn } = command
  if (state.done.includes(refundId)) return []
  dayOfFact(occurredOn, command.today)
  const amount = spendable(command.amount, state)
  const { currency } = command.amount
  const data = { customerId, currency, refundId, method, amount, occurredOn }
  return [{ type: 'CustomerCreditRefunded', data }]
}

/** @throws Rejection CUSTOMER_CREDIT_NOTHING_FREE, CUSTOMER_CREDIT_NOT_ENOUGH naming what is available */
function spendable(money: Money, state: CustomerCredit): string {
  const amount = minorOf(money)
  const { currency } = money
  const available = availableCredit(state, currency)
  if (available <= 0n) throw new Rejection('CUSTOMER_CREDIT_NOTHING_FREE', { currency })
  if (BigInt(amount) <= available) return amount
  const facts = { available: formatAmount(available, currency), currency }
  throw new Rejection('CUSTOMER_CREDIT_NOT_ENOUGH', facts, 'amount')
}

function minorOf({ amount, currency }: Money): string {
  exponentOf(currency, 'amount')
  return String(positive(amount, currency, 'amount'))
}

export const customerCredit: Decider<CustomerCredit, CustomerCreditCommand, CustomerCreditEvent> = {
  category: 'customerCredit',
  stateVersion: 1,
  initial: { available: {}, reservations: {}, done: [] },
  evolve,
  decide,
}
