import { randomUUID } from 'node:crypto'
import type { DomainEvent } from '#domain/decider.ts'
import type { EventMetadata } from '#log/event-store.ts'
import type { CommandContext } from './handler.ts'

/** An event about to be appended. */
export interface Draft<Event> {
  readonly id: string
  readonly event: Event
  readonly metadata: EventMetadata
}

/**
 * Gives an event its id and metadata. The id is new with every attempt: a store takes the same ids at
 * the same place for the same append and answers as the first time, but a command decided again may
 * say something else. Repeats of a command are found by its own id.
 */
export function draft<Event extends DomainEvent>(
  event: Event,
  context: CommandContext,
): Draft<Event> {
  const { organisation, actor, role, sessionId, now } = context
  const { commandId, bodyHash, correlationId, causationId } = context
  const occurredOn = (event.data as { readonly occurredOn?: unknown }).occurredOn
  const metadata: EventMetadata = {
    organisation,
    actor,
    ...(role !== undefined && { role }),
    ...(sessionId !== undefined && { sessionId }),
    recordedAt: now,
    ...(typeof occurredOn === 'string' && { occurredOn }),
    commandId,
    ...(bodyHash !== undefined && { bodyHash }),
    $correlationId: correlationId,
    ...(causationId !== undefined && { $causationId: causationId }),
  }
  return { id: randomUUID(), event, metadata }
}
