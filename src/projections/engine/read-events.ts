import { eventCatalogue } from '#domain/events.ts'
import { type EventCodec, UnreadableEvent } from '#log/codec.ts'
import type { StoredEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'

/**
 * An event on its way to folds, beside the event as stored: read; or not read because nobody folds its
 * type (undefined); or what it could not be read for.
 */
export type Read = RecordedEvent | UnreadableEvent | undefined

/** Events of the log, in order, and as far as anybody here needs, read. */
export interface ReadBatch {
  readonly stored: readonly StoredEvent[]
  readonly read: readonly Read[]
}

/** False for an event of a newer program, or of somebody else: nobody can tell whom it concerns. */
export function isKnownType(type: string): boolean {
  return Object.hasOwn(eventCatalogue, type)
}

/**
 * Reads those events whose type somebody folds; reading means decryption and a schema, which the rest
 * need not cost. An event that cannot be read stops nobody here: it stands in the batch as what it is.
 */
export async function readEvents(
  codec: EventCodec,
  stored: readonly StoredEvent[],
  isFolded: (type: string) => boolean,
): Promise<ReadBatch> {
  const read: Read[] = Array.from<Read>({ length: stored.length })
  const places: number[] = []
  for (const [place, event] of stored.entries()) {
    if (isFolded(event.type)) places.push(place)
    else if (!isKnownType(event.type)) {
      read[place] = new UnreadableEvent(event, 'its type is unknown')
    }
  }
  let done = 0
  while (done < places.length) {
    const wanted = places.slice(done)
    const events = wanted.map((place) => stored[place] as StoredEvent)
    const { events: decoded, failure } = await decodeUntilFailure(codec, events)
    for (const [index, event] of decoded.entries()) read[wanted[index] as number] = event
    done += decoded.length
    if (failure !== undefined) {
      read[wanted[decoded.length] as number] = failure
      done += 1
    }
  }
  return { stored, read }
}

/** The events before the first that cannot be read, and why that one cannot. */
async function decodeUntilFailure(
  codec: EventCodec,
  events: readonly StoredEvent[],
): Promise<{ events: readonly RecordedEvent[]; failure?: UnreadableEvent }> {
  try {
    return { events: await codec.decode(events) }
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error
    const place = events.findIndex((event) => event.id === error.event.id)
    if (place < 0) throw error
    if (place === 0) return { events: [], failure: error }
    return { ...(await decodeUntilFailure(codec, events.slice(0, place))), failure: error }
  }
}
