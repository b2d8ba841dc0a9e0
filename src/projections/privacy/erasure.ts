import type { EventOf } from '#domain/events.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/** How far the erasure of a customer has come; one who is asked for again after a rejection begins anew. */
export type ErasureRow = {
  readonly customer_id: string
  readonly stage: 'requested' | 'rejected' | 'approved' | 'restricted' | 'erased'
  readonly reason: EventOf<'ErasureRequested'>['data']['reason']
  readonly needs_approval: boolean
  /** Other customers who are this person. */
  readonly linked: readonly string[]
  readonly requested_by: string
  readonly requested_at: string
  /** Who approved or rejected it; null while nobody did, or where nobody had to. */
  readonly decided_by: string | null
  readonly decided_at: string | null
  /** Why it was rejected; gone with the person. */
  readonly rejection: string | null
  /** The last day of the term; null where only a legal hold keeps them, and before they are restricted. */
  readonly until: string | null
  readonly because: EventOf<'PersonRestricted'>['data']['because']
  readonly restricted_at: string | null
  readonly erased_at: string | null
  /** Of the customer's stream. */
  readonly revision: number
  /** The organisation's ordinal of the request. */
  readonly ordinal: string
}

type OfCustomer = { readonly data: { readonly customerId: string } }

const byCustomer = ({ data }: OfCustomer): readonly Partial<ErasureRow>[] => [
  { customer_id: data.customerId },
]

function change<Event extends OfCustomer>(
  how: (event: FoldedEvent<Event>) => Partial<ErasureRow>,
): Fold<ErasureRow, Event> {
  return {
    keys: byCustomer,
    fold: (row, event) => row && { ...row, ...how(event), revision: event.revision },
  }
}

function requested(event: FoldedEvent<EventOf<'ErasureRequested'>>): ErasureRow {
  const { data, metadata } = event
  return {
    customer_id: data.customerId,
    stage: data.needsApproval ? 'requested' : 'approved',
    reason: data.reason,
    needs_approval: data.needsApproval,
    linked: data.linked ?? [],
    requested_by: data.requestedBy,
    requested_at: metadata.recordedAt,
    decided_by: null,
    decided_at: null,
    rejection: null,
    until: null,
    because: [],
    restricted_at: null,
    erased_at: null,
    revision: event.revision,
    ordinal: String(event.organisationOrdinal),
  }
}

export const erasure = table<ErasureRow>({
  name: 'erasure',
  columns: {
    customer_id: { type: 'text' },
    stage: { type: 'text' },
    reason: { type: 'text' },
    needs_approval: { type: 'boolean' },
    linked: { type: 'jsonb' },
    requested_by: { type: 'text' },
    requested_at: { type: 'timestamptz' },
    decided_by: { type: 'text', nullable: true },
    decided_at: { type: 'timestamptz', nullable: true },
    rejection: { type: 'text', nullable: true, personal: 'customer_id' },
    until: { type: 'date', nullable: true },
    because: { type: 'jsonb' },
    restricted_at: { type: 'timestamptz', nullable: true },
    erased_at: { type: 'timestamptz', nullable: true },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['customer_id'],
  indexes: [['ordinal']],
  madeBy: ({ customer_id: id }) => concerning('customer', id),
  on: {
    ErasureRequested: { keys: byCustomer, fold: (_, event) => requested(event) },
    ErasureApproved: change(({ data, metadata }) => ({
      stage: 'approved',
      decided_by: data.approvedBy,
      decided_at: metadata.recordedAt,
    })),
    ErasureRejected: change(({ data, metadata }) => ({
      stage: 'rejected',
      decided_by: data.rejectedBy,
      decided_at: metadata.recordedAt,
      rejection: readable(data.reason),
    })),
    PersonRestricted: change(({ data, metadata }) => ({
      stage: 'restricted',
      until: data.until ?? null,
      because: data.because,
      restricted_at: metadata.recordedAt,
    })),
    PersonErased: change(({ metadata }) => ({
      stage: 'erased',
      rejection: null,
      erased_at: metadata.recordedAt,
    })),
    CustomerDeleted: change(() => ({ rejection: null })),
  },
})
