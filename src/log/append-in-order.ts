import { MAX_APPEND_BYTES } from './check-append.ts'
import type { EventStore, NewEvent } from './event-store.ts'

/** An event that already has its place in a history. */
export interface PlacedEvent extends NewEvent {
  readonly stream: string
  readonly revision: number
}

/** Events that one append takes at most. */
const LARGEST_APPEND = 500
/** Appends on their way together, where the store keeps their order. */
const LARGEST_WAVE = 256
const LARGEST_WAVE_BYTES = 8 * MAX_APPEND_BYTES

/** Neighbours of one stream, which go into one append. */
interface Run {
  readonly stream: string
  readonly events: PlacedEvent[]
  bytes: number
}

/**
 * Puts a history into the log: in its order, each event at its revision. Neighbours of one stream are one
 * append; where the store keeps the order of calls, many appends are on their way together.
 *
 * @throws WrongExpectedRevision when a stream is not where the history has it.
 */
export async function appendInOrder(
  store: EventStore,
  events: AsyncIterable<PlacedEvent> | Iterable<PlacedEvent>,
  onProgress: (appended: number) => void = () => undefined,
): Promise<void> {
  const most = store.keepsCallOrder === true ? LARGEST_WAVE : 1
  const wave = new Map<string, Run>()
  let last: Run | undefined
  let bytes = 0
  let appended = 0
  const send = async (): Promise<void> => {
    await Promise.all([...wave.values()].map((run) => append(store, run)))
    for (const run of wave.values()) appended += run.events.length
    wave.clear()
    bytes = 0
    onProgress(appended)
  }
  for await (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event.data))
    if (last === undefined || !takes(last, event, size)) {
      // A stream comes once in a wave: its next append must not overtake others.
      const isFull = wave.size === most || bytes + size > LARGEST_WAVE_BYTES
      if (isFull || wave.has(event.stream)) await send()
      last = { stream: event.stream, events: [], bytes: 0 }
      wave.set(event.stream, last)
    }
    last.events.push(event)
    last.bytes += size
    bytes += size
  }
  if (wave.size > 0) await send()
}

function takes({ stream, events, bytes }: Run, event: PlacedEvent, size: number): boolean {
  return (
    stream === event.stream &&
    events.at(-1)?.revision === event.revision - 1 &&
    events.length < LARGEST_APPEND &&
    bytes + size <= MAX_APPEND_BYTES
  )
}

async function append(store: EventStore, { stream, events }: Run): Promise<void> {
  const first = events[0]?.revision ?? 0
  const bare = events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))
  await store.append(stream, bare, first === 0 ? 'no_stream' : first - 1)
}
