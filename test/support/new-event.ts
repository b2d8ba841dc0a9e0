import { randomUUID } from 'node:crypto'
import type { JsonObject, NewEvent } from '#log/event-store.ts'

/** An event for tests of stores: what it says does not matter, only that it comes back as it was. */
export function newEvent(data: JsonObject = {}, type = 'SaleRecorded'): NewEvent {
  const id = randomUUID()
  return {
    id,
    type,
    data,
    metadata: {
      organisation: 'main',
      actor: 'owner',
      recordedAt: '2026-11-21T08:00:00.000Z',
      commandId: id,
      $correlationId: id,
    },
  }
}

export const newEvents = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, number) => newEvent({ number }))
