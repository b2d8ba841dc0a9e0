import { type EventType, eventCatalogue } from '#domain/events.ts'
import {
  type Fold,
  type FoldedEvent,
  madeAt,
  type Projection,
  table,
} from '../engine/projection.ts'
import { reference } from './reference.ts'

/** Where an event stands in the log and by whom, when and why it was written: never what it says. */
export type EventIndexRow = {
  /** Of the whole log. */
  readonly ordinal: string
  /** Of the organisation: 1, 2, 3 … without a gap, so that nothing can be missing unseen. */
  readonly organisation_ordinal: string
  readonly event_id: string
  readonly stream: string
  readonly category: string
  readonly revision: number
  readonly type: EventType
  readonly actor: string
  readonly correlation_id: string
  readonly causation_id: string | null
  readonly command_id: string
  readonly recorded_at: string
  readonly occurred_on: string | null
}

const indexed: Fold<EventIndexRow, FoldedEvent> = {
  keys: (event) => [{ organisation_ordinal: String(event.organisationOrdinal) }],
  fold: (_, event) => {
    const { metadata, stream } = event
    return {
      ordinal: String(event.ordinal),
      organisation_ordinal: String(event.organisationOrdinal),
      event_id: event.id,
      stream,
      category: stream.slice(0, stream.indexOf('-')),
      revision: event.revision,
      type: event.type,
      actor: metadata.actor,
      correlation_id: metadata.$correlationId,
      causation_id: metadata.$causationId ?? null,
      command_id: metadata.commandId,
      recorded_at: metadata.recordedAt,
      occurred_on: metadata.occurredOn ?? null,
    }
  },
}

const event = table<EventIndexRow>({
  name: 'event',
  columns: {
    ordinal: { type: 'bigint' },
    organisation_ordinal: { type: 'bigint' },
    event_id: { type: 'uuid' },
    stream: { type: 'text' },
    category: { type: 'text' },
    revision: { type: 'integer' },
    type: { type: 'text' },
    actor: { type: 'text' },
    correlation_id: { type: 'text' },
    causation_id: { type: 'text', nullable: true },
    command_id: { type: 'text' },
    recorded_at: { type: 'timestamptz' },
    occurred_on: { type: 'date', nullable: true },
  },
  key: ['organisation_ordinal'],
  insertOnly: true,
  indexes: [
    ['event_id'],
    ['stream', 'revision'],
    ['type', 'organisation_ordinal'],
    ['actor', 'organisation_ordinal'],
    ['correlation_id', 'organisation_ordinal'],
    ['recorded_at', 'organisation_ordinal'],
  ],
  madeBy: ({ organisation_ordinal: ordinal }) => madeAt(ordinal),
  on: Object.fromEntries(Object.keys(eventCatalogue).map((type) => [type, indexed])),
})

/** By which the log is searched: every event of every type, and what it concerns. */
export const eventIndex: Projection = {
  name: 'event_index',
  version: 3,
  tables: [event, reference],
}
