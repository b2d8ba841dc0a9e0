import type { EventOf } from '#domain/events.ts'
import { concerning, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

type Received = EventOf<'SalePaymentReceived'>['data']

/** Money that came in for a sale, and whether it went back. */
export type PaymentRow = {
  readonly sale_id: string
  readonly payment_id: string
  readonly customer_id: string | null
  readonly agent: string
  readonly basis: Received['basis']
  readonly currency: string
  readonly purpose: Received['purpose']
  /** `client_money`: our commission, taken out of the price that we hold. */
  readonly route: Received['route'] | 'client_money'
  readonly method: Received['method'] | null
  readonly amount: string
  readonly to_receivable: string
  readonly to_credit: string
  readonly to_client_money: string
  readonly reference: string | null
  readonly occurred_on: string
  readonly recorded_at: string
  /** Absent while it stands. */
  readonly reversed_on: string | null
  readonly reversal_cause: EventOf<'SalePaymentReversed'>['data']['cause'] | null
  readonly ordinal: string
}

type OfPayment = { readonly data: { readonly saleId: string; readonly paymentId: string } }

const byPayment = ({ data }: OfPayment): readonly Partial<PaymentRow>[] => [
  { sale_id: data.saleId, payment_id: data.paymentId },
]

export const payment = table<PaymentRow>({
  name: 'payment',
  columns: {
    sale_id: { type: 'text' },
    payment_id: { type: 'text' },
    customer_id: { type: 'text', nullable: true },
    agent: { type: 'text' },
    basis: { type: 'text' },
    currency: { type: 'text' },
    purpose: { type: 'text' },
    route: { type: 'text' },
    method: { type: 'text', nullable: true },
    amount: { type: 'bigint' },
    to_receivable: { type: 'bigint' },
    to_credit: { type: 'bigint' },
    to_client_money: { type: 'bigint' },
    reference: { type: 'text', nullable: true, personal: 'sale_id' },
    occurred_on: { type: 'date' },
    recorded_at: { type: 'timestamptz' },
    reversed_on: { type: 'date', nullable: true },
    reversal_cause: { type: 'text', nullable: true },
    ordinal: { type: 'bigint' },
  },
  key: ['sale_id', 'payment_id'],
  madeBy: ({ sale_id: id }) => concerning('sale', id),
  on: {
    SalePaymentReceived: {
      keys: byPayment,
      fold: (_, event) => {
        const { data } = event
        return {
          sale_id: data.saleId,
          payment_id: data.paymentId,
          customer_id: data.customerId ?? null,
          agent: data.agent,
          basis: data.basis,
          currency: data.currency,
          purpose: data.purpose,
          route: data.route,
          method: data.method,
          amount: data.amount,
          to_receivable: data.toReceivable,
          to_credit: data.toCredit,
          to_client_money: data.toClientMoney,
          reference: readable(data.reference),
          occurred_on: data.occurredOn,
          recorded_at: event.metadata.recordedAt,
          reversed_on: null,
          reversal_cause: null,
          ordinal: String(event.organisationOrdinal),
        }
      },
    },
    CommissionTakenFromClientMoney: {
      keys: byPayment,
      fold: (_, event) => {
        const { data } = event
        return {
          sale_id: data.saleId,
          payment_id: data.paymentId,
          customer_id: data.customerId ?? null,
          agent: data.agent,
          basis: data.basis,
          currency: data.currency,
          purpose: 'commission',
          route: 'client_money',
          method: null,
          amount: data.amount,
          to_receivable: data.amount,
          to_credit: '0',
          to_client_money: '0',
          reference: null,
          occurred_on: data.occurredOn,
          recorded_at: event.metadata.recordedAt,
          reversed_on: null,
          reversal_cause: null,
          ordinal: String(event.organisationOrdinal),
        }
      },
    },
    SalePaymentReversed: {
      keys: byPayment,
      fold: (row, { data }) =>
        row && { ...row, reversed_on: data.occurredOn, reversal_cause: data.cause },
    },
    SaleTextCorrected: {
      keys: ({ data: { saleId, paymentId } }) =>
        paymentId === undefined ? [] : [{ sale_id: saleId, payment_id: paymentId }],
      fold: (row, { data }) => row && { ...row, reference: readable(data.text) },
    },
  },
})
