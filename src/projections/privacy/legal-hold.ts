import type { EventOf } from '#domain/events.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/** The legal hold on a customer that was placed last, and why; the reasons go with the person. */
export type LegalHoldRow = {
  readonly customer_id: string
  readonly placed_by: string
  readonly placed_at: string
  readonly reason: string | null
  /** Null while it stands. */
  readonly lifted_by: string | null
  readonly lifted_at: string | null
  readonly lifted_because: string | null
  /** Of the customer's stream. */
  readonly revision: number
  readonly ordinal: string
}

type OfCustomer = { readonly data: { readonly customerId: string } }

const byCustomer = ({ data }: OfCustomer): readonly Partial<LegalHoldRow>[] => [
  { customer_id: data.customerId },
]

/** Whoever it was about, nobody knows any more. */
function forgotten<Event extends OfCustomer>(): Fold<LegalHoldRow, Event> {
  return {
    keys: byCustomer,
    fold: (row, event) =>
      row && { ...row, reason: null, lifted_because: null, revision: event.revision },
  }
}

function placed(event: FoldedEvent<EventOf<'LegalHoldPlaced'>>): LegalHoldRow {
  const { data, metadata } = event
  return {
    customer_id: data.customerId,
    placed_by: metadata.actor,
    placed_at: metadata.recordedAt,
    reason: readable(data.reason),
    lifted_by: null,
    lifted_at: null,
    lifted_because: null,
    revision: event.revision,
    ordinal: String(event.organisationOrdinal),
  }
}

export const legalHold = table<LegalHoldRow>({
  name: 'legal_hold',
  columns: {
    customer_id: { type: 'text' },
    placed_by: { type: 'text' },
    placed_at: { type: 'timestamptz' },
    reason: { type: 'text', nullable: true, personal: 'customer_id' },
    lifted_by: { type: 'text', nullable: true },
    lifted_at: { type: 'timestamptz', nullable: true },
    lifted_because: { type: 'text', nullable: true, personal: 'customer_id' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['customer_id'],
  indexes: [['ordinal']],
  madeBy: ({ customer_id: id }) => concerning('customer', id),
  on: {
    LegalHoldPlaced: { keys: byCustomer, fold: (_, event) => placed(event) },
    LegalHoldLifted: {
      keys: byCustomer,
      fold: (row, { data, metadata, revision }) =>
        row && {
          ...row,
          lifted_by: metadata.actor,
          lifted_at: metadata.recordedAt,
          lifted_because: readable(data.reason),
          revision,
        },
    },
    PersonErased: forgotten(),
    CustomerDeleted: forgotten(),
  },
})
