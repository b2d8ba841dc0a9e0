import type { EventType } from '#domain/events.ts'
import { postedOn } from '../engine/organisation-context.ts'
import { type FoldedEvent, madeAt, table } from '../engine/projection.ts'
import { dataOf, entryLines, entrySubject, onPosted } from './entry-lines.ts'
import type { DocumentKind } from './posting-rules.ts'

/** An entry of the journal: what one fact means in the books. It carries ids, never names. */
export type EntryRow = {
  /** The organisation's ordinal of the event: entries follow the log, with gaps where it is a memo. */
  readonly number: string
  readonly ordinal: string
  readonly event_id: string
  readonly type: EventType
  readonly document_kind: DocumentKind
  readonly document_id: string
  /** The payment, payout or reversal within the document that the entry is about. */
  readonly reference: string | null
  /** The reference of the entry of this document that it undoes. */
  readonly mirrors: string | null
  readonly currency: string
  /** Sum of the debits, which is that of the credits. */
  readonly amount: string
  readonly occurred_on: string
  readonly posted_on: string
  /** Posted after the day on which it happened, because that day's period was closed. */
  readonly late: boolean
  readonly recorded_at: string
}

export const entry = table<EntryRow>({
  name: 'entry',
  columns: {
    number: { type: 'bigint' },
    ordinal: { type: 'bigint' },
    event_id: { type: 'uuid' },
    type: { type: 'text' },
    document_kind: { type: 'text' },
    document_id: { type: 'text' },
    reference: { type: 'text', nullable: true },
    mirrors: { type: 'text', nullable: true },
    currency: { type: 'text' },
    amount: { type: 'bigint' },
    occurred_on: { type: 'date' },
    posted_on: { type: 'date' },
    late: { type: 'boolean' },
    recorded_at: { type: 'timestamptz' },
  },
  key: ['number'],
  insertOnly: true,
  indexes: [['posted_on', 'number'], ['document_id']],
  madeBy: ({ number }) => madeAt(number),
  on: onPosted<EntryRow>({
    keys: (event) =>
      entryLines(event).length === 0 ? [] : [{ number: String(event.organisationOrdinal) }],
    fold: (_, event, context) => {
      const { occurredOn, currency } = dataOf(event)
      const { kind, id, reference, mirrors } = entrySubject(event)
      const posted = postedOn(context, occurredOn)
      return {
        number: String(event.organisationOrdinal),
        ordinal: String(event.ordinal),
        event_id: event.id,
        type: event.type,
        document_kind: kind,
        document_id: id,
        reference,
        mirrors,
        currency,
        amount: debits(event),
        occurred_on: occurredOn,
        posted_on: posted,
        late: posted > occurredOn,
        recorded_at: event.metadata.recordedAt,
      }
    },
  }),
})

function debits(event: FoldedEvent): string {
  let sum = 0n
  for (const { amount } of entryLines(event)) if (amount > 0n) sum += amount
  return String(sum)
}
