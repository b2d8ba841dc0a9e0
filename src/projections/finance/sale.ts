import type { EventOf } from '#domain/events.ts'
import { minus, plus } from '#domain/money/money.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'
import { searchText } from '../search-text.ts'

/** A sale as it stands: what was sold, what came in for it, what is still owed. */
export type SaleRow = {
  readonly sale_id: string
  /** The system it came from and its number there, where it was imported. */
  readonly source: string | null
  readonly number: string | null
  readonly customer_id: string | null
  readonly agent: string
  readonly basis: EventOf<'SaleRecorded'>['data']['basis']
  readonly currency: string
  readonly net: string
  readonly tax: string
  readonly gross: string
  /** Received for the price and not reversed, past us or through us. */
  readonly paid: string
  /** Received above what was owed: it became credit of the customer. */
  readonly overpaid: string
  /** Gross of the credit notes that name this sale. */
  readonly credited: string
  /** Customer credit that met what was owed. */
  readonly allocated: string
  readonly written_off: string
  /** Gross taken back when it was cancelled. */
  readonly cancelled: string
  /** Owed to us: of the price on the principal basis, of our commission on the agent basis. */
  readonly owed: string
  /** The seller's money in our hands (agent basis). */
  readonly client_money: string
  readonly commission_tier: string | null
  /** Percent. */
  readonly commission_rate: string | null
  readonly commission_net: string
  readonly commission_accrued: string
  readonly commission_taken_back: string
  /** Paid by us to the agent (principal), or received by us (agent basis). */
  readonly commission_paid: string
  readonly commission_due_on: string | null
  readonly status: 'pending' | 'completed' | 'cancelled'
  readonly occurred_on: string
  readonly due_on: string
  readonly cancelled_on: string | null
  readonly cancel_reason: string | null
  readonly property_type: string | null
  readonly location: string | null
  readonly recorded_at: string
  readonly revision: number
  /** The organisation's ordinal of the event that recorded it. */
  readonly ordinal: string
  /** What the sale can be found by. */
  readonly search: string
}

type OfSale = { readonly data: { readonly saleId: string } }
type Payment = Pick<
  EventOf<'SalePaymentReceived'>['data'],
  'basis' | 'purpose' | 'amount' | 'toReceivable' | 'toCredit' | 'toClientMoney'
>

const bySale = (event: OfSale): readonly Partial<SaleRow>[] => [{ sale_id: event.data.saleId }]

function change<Event extends OfSale>(
  how: (row: SaleRow, data: Event['data'], event: FoldedEvent<Event>) => Partial<SaleRow>,
): Fold<SaleRow, Event> {
  return {
    keys: bySale,
    fold: (row, event) =>
      row && { ...row, ...how(row, event.data, event), revision: event.revision },
  }
}

function recorded(event: FoldedEvent<EventOf<'SaleRecorded'>>): SaleRow {
  const { data } = event
  return {
    sale_id: data.saleId,
    source: data.source?.system ?? null,
    number: data.source?.number ?? null,
    customer_id: data.customerId ?? null,
    agent: data.agent,
    basis: data.basis,
    currency: data.currency,
    net: data.net,
    tax: data.tax,
    gross: data.gross,
    paid: '0',
    overpaid: '0',
    credited: '0',
    allocated: '0',
    written_off: '0',
    cancelled: '0',
    owed: data.basis === 'principal' ? data.gross : '0',
    client_money: '0',
    commission_tier: null,
    commission_rate: null,
    commission_net: '0',
    commission_accrued: '0',
    commission_taken_back: '0',
    commission_paid: '0',
    commission_due_on: null,
    status: 'pending',
    occurred_on: data.occurredOn,
    due_on: data.dueOn,
    cancelled_on: null,
    cancel_reason: null,
    property_type: data.propertyType ?? null,
    location: data.location ?? null,
    recorded_at: event.metadata.recordedAt,
    revision: event.revision,
    ordinal: String(event.organisationOrdinal),
    search: searchText([data.source?.number, data.saleId, data.propertyType, data.location]),
  }
}

/** What a payment changes; its reversal takes off the same. */
function payment(row: SaleRow, data: Payment, add: typeof plus, take: typeof minus) {
  const forCommission = data.purpose === 'commission'
  return {
    paid: forCommission ? row.paid : add(row.paid, data.amount),
    commission_paid: forCommission ? add(row.commission_paid, data.amount) : row.commission_paid,
    overpaid: add(row.overpaid, data.toCredit),
    client_money: add(row.client_money, data.toClientMoney),
    owed: take(row.owed, data.toReceivable),
  }
}

/** A sale that owes again is no longer completed. */
function reopened(row: SaleRow, owed: string): Pick<SaleRow, 'status'> {
  return { status: row.status === 'completed' && BigInt(owed) > 0n ? 'pending' : row.status }
}

export const sale = table<SaleRow>({
  name: 'sale',
  columns: {
    sale_id: { type: 'text' },
    source: { type: 'text', nullable: true },
    number: { type: 'text', nullable: true },
    customer_id: { type: 'text', nullable: true },
    agent: { type: 'text' },
    basis: { type: 'text' },
    currency: { type: 'text' },
    net: { type: 'bigint' },
    tax: { type: 'bigint' },
    gross: { type: 'bigint' },
    paid: { type: 'numeric' },
    overpaid: { type: 'numeric' },
    credited: { type: 'numeric' },
    allocated: { type: 'numeric' },
    written_off: { type: 'numeric' },
    cancelled: { type: 'numeric' },
    owed: { type: 'numeric' },
    client_money: { type: 'numeric' },
    commission_tier: { type: 'text', nullable: true },
    commission_rate: { type: 'numeric', nullable: true },
    commission_net: { type: 'numeric' },
    commission_accrued: { type: 'numeric' },
    commission_taken_back: { type: 'numeric' },
    commission_paid: { type: 'numeric' },
    commission_due_on: { type: 'date', nullable: true },
    status: { type: 'text' },
    occurred_on: { type: 'date' },
    due_on: { type: 'date' },
    cancelled_on: { type: 'date', nullable: true },
    cancel_reason: { type: 'text', nullable: true, personal: 'sale_id' },
    property_type: { type: 'text', nullable: true },
    location: { type: 'text', nullable: true },
    recorded_at: { type: 'timestamptz' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
    search: { type: 'text' },
  },
  key: ['sale_id'],
  indexes: [['occurred_on', 'ordinal'], ['customer_id', 'occurred_on', 'ordinal'], ['number']],
  madeBy: ({ sale_id: id }) => concerning('sale', id),
  on: {
    SaleRecorded: { keys: bySale, fold: (_, event) => recorded(event) },
    CommissionAccrued: change((row, data) => ({
      commission_tier: data.tier ?? null,
      commission_rate: data.rate,
      commission_net: plus(row.commission_net, data.net),
      commission_accrued: plus(row.commission_accrued, data.gross),
      commission_due_on: data.dueOn,
      owed: row.basis === 'agent' ? plus(row.owed, data.gross) : row.owed,
    })),
    SalePaymentReceived: change((row, data) => payment(row, data, plus, minus)),
    // A cancelled sale stays one, also when the last that it owed comes in.
    SaleCompleted: change((row) => ({
      status: row.status === 'cancelled' ? 'cancelled' : 'completed',
    })),
    SalePaymentReversed: change((row, data) => {
      const changed = payment(row, data, minus, plus)
      return { ...changed, ...reopened(row, changed.owed) }
    }),
    SaleCredited: change((row, data) => ({ credited: plus(row.credited, data.gross) })),
    CommissionTakenBack: change((row, data) => ({
      commission_taken_back: plus(row.commission_taken_back, data.gross),
      owed: minus(row.owed, data.fromReceivable),
    })),
    CommissionPaid: change((row, data) => ({
      commission_paid: plus(row.commission_paid, data.amount),
    })),
    SaleCreditAllocated: change((row, data) => ({
      allocated: plus(row.allocated, data.amount),
      owed: minus(row.owed, data.amount),
    })),
    SaleDebtWrittenOff: change((row, data) => ({
      written_off: plus(row.written_off, data.amount),
      owed: minus(row.owed, data.amount),
    })),
    SaleWriteOffReversed: change((row, data) => {
      const owed = plus(row.owed, data.amount)
      return {
        written_off: minus(row.written_off, data.amount),
        owed,
        ...reopened(row, owed),
      }
    }),
    ClientMoneyPassedOn: change((row, data) => ({
      client_money: minus(row.client_money, data.amount),
    })),
    CommissionTakenFromClientMoney: change((row, data) => ({
      client_money: minus(row.client_money, data.amount),
      commission_paid: plus(row.commission_paid, data.amount),
      owed: minus(row.owed, data.amount),
    })),
    SaleCancelled: change((row, data) => ({
      status: 'cancelled',
      cancelled: plus(row.cancelled, data.gross),
      owed: minus(row.owed, data.fromReceivable),
      cancelled_on: data.occurredOn,
      cancel_reason: readable(data.reason),
    })),
    // A reference stands in the row of its payment.
    SaleTextCorrected: change((_, { field, text }) =>
      field === 'reason' ? { cancel_reason: readable(text) } : {},
    ),
  },
})
