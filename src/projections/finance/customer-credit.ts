import type { EventOf } from '#domain/events.ts'
import { minus, plus } from '#domain/money/money.ts'
import { concerning, type Fold, table } from '../engine/projection.ts'

/**
 * What we owe a customer back, per currency. It follows the customer's own credit stream, so it tells
 * what can be spent; the ledger's customer credit moves with the facts themselves, a moment earlier.
 */
export type CustomerCreditRow = {
  readonly customer_id: string
  readonly currency: string
  /** Received less what was withdrawn again. */
  readonly received: string
  /** Set aside for sales that have not recorded it yet. */
  readonly reserved: string
  readonly allocated: string
  readonly refunded: string
  /** received - reserved - allocated - refunded; below zero when a payment bounced after it was spent. */
  readonly available: string
  /** Of the customer's credit stream; -1 before its first event. */
  readonly revision: number
}

type Amounts = 'received' | 'reserved' | 'allocated' | 'refunded' | 'available'
type Change = Partial<Pick<CustomerCreditRow, Amounts>>
type CreditEvent = {
  readonly data: {
    readonly customerId?: string | undefined
    readonly currency: string
    readonly amount: string
  }
}

function change<Event extends CreditEvent>(
  how: (row: CustomerCreditRow, amount: string) => Change,
  ownStream = true,
): Fold<CustomerCreditRow, Event> {
  return {
    keys: ({ data: { customerId, currency } }) =>
      customerId === undefined ? [] : [{ customer_id: customerId, currency }],
    fold: (row, event, _context, key) => {
      const before = row ?? none(key.customer_id ?? '', event.data.currency)
      return {
        ...before,
        ...how(before, event.data.amount),
        revision: ownStream ? event.revision : before.revision,
      }
    },
  }
}

function none(customer: string, currency: string): CustomerCreditRow {
  return {
    customer_id: customer,
    currency,
    received: '0',
    reserved: '0',
    allocated: '0',
    refunded: '0',
    available: '0',
    revision: -1,
  }
}

export const customerCredit = table<CustomerCreditRow>({
  name: 'customer_credit',
  columns: {
    customer_id: { type: 'text' },
    currency: { type: 'text' },
    received: { type: 'numeric' },
    reserved: { type: 'numeric' },
    allocated: { type: 'numeric' },
    refunded: { type: 'numeric' },
    available: { type: 'numeric' },
    revision: { type: 'integer' },
  },
  key: ['customer_id', 'currency'],
  madeBy: ({ customer_id: id }) => concerning('customer', id),
  on: {
    CustomerCreditReceived: change((row, amount) => ({
      received: plus(row.received, amount),
      available: plus(row.available, amount),
    })),
    CustomerCreditWithdrawn: change((row, amount) => ({
      received: minus(row.received, amount),
      available: minus(row.available, amount),
    })),
    CustomerCreditReserved: change((row, amount) => ({
      reserved: plus(row.reserved, amount),
      available: minus(row.available, amount),
    })),
    CustomerCreditReservationReleased: change((row, amount) => ({
      reserved: minus(row.reserved, amount),
      available: plus(row.available, amount),
    })),
    CustomerCreditRefunded: change((row, amount) => ({
      refunded: plus(row.refunded, amount),
      available: minus(row.available, amount),
    })),
    SaleCreditAllocated: change<EventOf<'SaleCreditAllocated'>>(
      (row, amount) => ({
        reserved: minus(row.reserved, amount),
        allocated: plus(row.allocated, amount),
      }),
      false,
    ),
  },
})
