import { z } from 'zod'
import { type EventCodec, UnreadableEvent } from '#log/codec.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { FoundEvent } from '#projections/log/event-queries.ts'

/** An event as answered: what it says, and by whom, when and why it was written. */
export const eventOut = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    stream: z.string(),
    revision: z.int(),
    ordinal: z
      .string()
      .nullable()
      .describe(
        'Of the organisation: 1, 2, 3 … without a gap; null for an access, which has its place in its stream.',
      ),
    position: z.string(),
    actor: z.string(),
    role: z
      .string()
      .nullable()
      .describe(
        'The actor’s then; null for processes, the command line, what people do on their own account, and what was recorded before it was noted.',
      ),
    sessionId: z.string().nullable().describe('Of an actor who had signed in.'),
    recordedAt: z.string(),
    occurredOn: z.string().nullable(),
    correlationId: z.string(),
    causationId: z.string().nullable(),
    commandId: z.string(),
    data: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('As stored, amounts in minor units; null when it cannot be read.'),
    unreadable: z.string().optional().describe('Why it cannot be read.'),
  })
  .meta({ id: 'Event' })
export type EventOut = z.output<typeof eventOut>

export interface EventSource {
  readonly log: Pick<EventStore, 'readMany'>
  readonly codec: Pick<EventCodec, 'decode'>
}

/** What the index found, with what the log itself says. */
export async function eventsOfIndex(
  { log, codec }: EventSource,
  found: readonly FoundEvent[],
): Promise<readonly EventOut[]> {
  const stored = await log.readMany(found)
  const ordinals = new Map(found.map((row) => [row.event_id, row.organisation_ordinal]))
  return eventViews(codec, stored, (event) => ordinals.get(event.id) ?? null)
}

/** Stored events in plain text; one that cannot be read is shown with the reason, the others go on. */
export async function eventViews(
  codec: Pick<EventCodec, 'decode'>,
  stored: readonly StoredEvent[],
  ordinalOf: (event: StoredEvent) => string | null,
): Promise<readonly EventOut[]> {
  const readable = await decoded(codec, stored)
  return stored.map((event, index) => {
    const found = readable[index]
    return view(event, ordinalOf(event), found)
  })
}

type Readable = RecordedEvent | UnreadableEvent

async function decoded(
  codec: Pick<EventCodec, 'decode'>,
  stored: readonly StoredEvent[],
): Promise<readonly Readable[]> {
  try {
    return await codec.decode(stored)
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error
    const [only, ...others] = stored
    if (only !== undefined && others.length === 0) return [error]
    return (await Promise.all(stored.map((event) => decoded(codec, [event])))).flat()
  }
}

function view(
  { metadata, ...event }: StoredEvent,
  ordinal: string | null,
  found: Readable | undefined,
): EventOut {
  const unreadable = found instanceof UnreadableEvent
  const data = found === undefined || unreadable ? null : found.data
  return {
    id: event.id,
    type: event.type,
    stream: event.stream,
    revision: event.revision,
    ordinal,
    position: event.position,
    actor: metadata.actor,
    role: metadata.role ?? null,
    sessionId: metadata.sessionId ?? null,
    recordedAt: metadata.recordedAt,
    occurredOn: metadata.occurredOn ?? null,
    correlationId: metadata.$correlationId,
    causationId: metadata.$causationId ?? null,
    commandId: metadata.commandId,
    data,
    ...(unreadable ? { unreadable: found.message } : {}),
  }
}
