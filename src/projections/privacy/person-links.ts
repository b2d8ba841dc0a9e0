import type { EventOf } from '#domain/events.ts'
import { concerning, type FoldedEvent, type Projection, table } from '../engine/projection.ts'

/** A customer who is one person with the others of the link, for as long as it holds. */
export type PersonLinkRow = {
  readonly link_id: string
  readonly customer_id: string
  readonly reason: EventOf<'CustomerLinked'>['data']['reason']
  readonly actor: string
  readonly linked_at: string
  /** The organisation's ordinal of the event that linked. */
  readonly ordinal: string
}

type OfLink = EventOf<'CustomerLinked' | 'CustomerUnlinked'>

const byLink = ({ data }: OfLink): readonly Partial<PersonLinkRow>[] => [
  { link_id: data.linkId, customer_id: data.customerId },
]

function linked(event: FoldedEvent<EventOf<'CustomerLinked'>>): PersonLinkRow {
  const { data, metadata, organisationOrdinal } = event
  return {
    link_id: data.linkId,
    customer_id: data.customerId,
    reason: data.reason,
    actor: metadata.actor,
    linked_at: metadata.recordedAt,
    ordinal: String(organisationOrdinal),
  }
}

export const personLink = table<PersonLinkRow>({
  name: 'link',
  columns: {
    link_id: { type: 'text' },
    customer_id: { type: 'text' },
    reason: { type: 'text' },
    actor: { type: 'text' },
    linked_at: { type: 'timestamptz' },
    ordinal: { type: 'bigint' },
  },
  key: ['link_id', 'customer_id'],
  indexes: [['customer_id', 'link_id']],
  madeBy: ({ customer_id: id }) => concerning('customer', id),
  on: {
    CustomerLinked: { keys: byLink, fold: (_, event) => linked(event) },
    CustomerUnlinked: { keys: byLink, fold: () => undefined },
  },
})

/** Which customers are one person. Ids and nothing else, so that a link may outlive who was linked. */
export const personLinks: Projection = { name: 'person_links', version: 1, tables: [personLink] }
