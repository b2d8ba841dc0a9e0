import type { DaybookEvent } from '#domain/events.ts'
import type { EventMetadata, NewEvent, StoredEvent } from './event-store.ts'
import type { RecordedEvent } from './recorded-event.ts'

/**
 * The edge of the log: inside, events are parsed and in plain text; outside, as stored, the personal
 * fields of a subject are one ciphertext under that subject's key.
 */
export interface EventCodec {
  /**
   * Parses each event's data by its schema and encrypts its personal fields; a subject's first key is
   * made and committed before this returns.
   */
  encode(
    events: readonly {
      readonly id: string
      readonly event: DaybookEvent
      readonly metadata: EventMetadata
    }[],
  ): Promise<readonly NewEvent[]>

  /**
   * Parses and decrypts; fields of an erased subject read `erased`.
   *
   * @throws UnreadableEvent when an event does not fit its schema, its type is unknown, or a key is
   *   missing that was never destroyed.
   */
  decode(events: readonly StoredEvent[]): Promise<readonly RecordedEvent[]>
}

/** An event that cannot be read as what it says it is. A projection that meets one stops and says so. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent'
  readonly event: StoredEvent

  constructor(event: StoredEvent, reason: string, cause?: unknown) {
    super(`Event ${event.id} (${event.type}, ${event.stream}@${event.revision}): ${reason}`, {
      cause,
    })
    this.event = event
  }
}
