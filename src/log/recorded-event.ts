import type { DaybookEvent } from '#domain/events.ts'
import type { EventMetadata, Position } from './event-store.ts'

/** An event as everything inside sees it: parsed, its personal fields in plain text or `erased`. */
export type RecordedEvent<Event = DaybookEvent> = Event & {
  readonly id: string
  readonly stream: string
  readonly revision: number
  readonly position: Position
  readonly metadata: EventMetadata
}
