import { amountOfEvent } from '#domain/event-amounts.ts'
import type { DaybookEvent, EventType } from '#domain/events.ts'
import { type ActorKind, actorKindOf } from '#log/actor-kind.ts'
import {
  type Fold,
  type FoldedEvent,
  madeAt,
  type Projection,
  table,
} from '../engine/projection.ts'
import { indexedTypes } from './indexed-types.ts'
import { localTime } from './local-time.ts'
import { reference } from './reference.ts'

/**
 * Where an event stands in the log, by whom, when and why it was written, and the amount that it is
 * about: of what it says, nothing else.
 */
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
  readonly actor_kind: ActorKind
  /** The actor's role then, and the session in which they had signed in. */
  readonly role: string | null
  readonly session_id: string | null
  /** Whoever gave the approval that the event is. */
  readonly approver: string | null
  readonly correlation_id: string
  readonly causation_id: string | null
  readonly command_id: string
  readonly recorded_at: string
  /** By the organisation's clock as it was set then: the day, and the minute of the day from 0 to 1439. */
  readonly recorded_on: string
  readonly recorded_minute: number
  readonly occurred_on: string | null
  /** Minor units of `currency`. */
  readonly amount: string | null
  readonly currency: string | null
}

const indexed: Fold<EventIndexRow, FoldedEvent> = {
  keys: (event) => [{ organisation_ordinal: String(event.organisationOrdinal) }],
  fold: (_, event, { timeZone }) => {
    const { metadata, stream } = event
    const recorded = localTime(timeZone, metadata.recordedAt)
    const money = amountOfEvent(event)
    return {
      ordinal: String(event.ordinal),
      organisation_ordinal: String(event.organisationOrdinal),
      event_id: event.id,
      stream,
      category: stream.slice(0, stream.indexOf('-')),
      revision: event.revision,
      type: event.type,
      actor: metadata.actor,
      actor_kind: actorKindOf(metadata.actor),
      role: metadata.role ?? null,
      session_id: metadata.sessionId ?? null,
      approver: approverOf(event),
      correlation_id: metadata.$correlationId,
      causation_id: metadata.$causationId ?? null,
      command_id: metadata.commandId,
      recorded_at: metadata.recordedAt,
      recorded_on: recorded.day,
      recorded_minute: recorded.minute,
      occurred_on: metadata.occurredOn ?? null,
      amount: money?.amount ?? null,
      currency: money?.currency ?? null,
    }
  },
}

function approverOf({ data }: DaybookEvent): string | null {
  return 'approvedBy' in data ? data.approvedBy : null
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
    actor_kind: { type: 'text' },
    role: { type: 'text', nullable: true },
    session_id: { type: 'text', nullable: true },
    approver: { type: 'text', nullable: true },
    correlation_id: { type: 'text' },
    causation_id: { type: 'text', nullable: true },
    command_id: { type: 'text' },
    recorded_at: { type: 'timestamptz' },
    recorded_on: { type: 'date' },
    recorded_minute: { type: 'integer' },
    occurred_on: { type: 'date', nullable: true },
    amount: { type: 'bigint', nullable: true },
    currency: { type: 'text', nullable: true },
  },
  key: ['organisation_ordinal'],
  insertOnly: true,
  indexes: [
    ['event_id'],
    ['stream', 'revision'],
    ['type', 'organisation_ordinal'],
    ['actor', 'organisation_ordinal'],
    ['session_id'],
    ['correlation_id', 'organisation_ordinal'],
    ['causation_id'],
    ['command_id'],
    ['recorded_at', 'organisation_ordinal'],
    ['currency', 'amount'],
  ],
  madeBy: ({ organisation_ordinal: ordinal }) => madeAt(ordinal),
  on: Object.fromEntries(indexedTypes.map((type) => [type, indexed])),
})

/** By which the log is searched: every event of the organisation's books, and what it concerns. */
export const eventIndex: Projection = {
  name: 'event_index',
  version: 5,
  tables: [event, reference],
}
