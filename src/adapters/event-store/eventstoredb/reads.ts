import {
  type EventStoreDBClient,
  StreamDeletedError,
  type StreamingRead,
  StreamNotFoundError,
} from '@eventstore/db-client'
import type { Direction, Position } from '#log/event-store.ts'
import { streamDamaged } from './errors.ts'
import { Silence } from './failures.ts'
import { toPosition, toReadPosition } from './position.ts'
import type { ReadEvent } from './stored-event.ts'

interface Resolved {
  readonly event?: ReadEvent
}

/**
 * All that one bounded read gives. Reads of the client have no deadline of their own; how long one may take goes by
 * how much it reads, how long it may be silent does not.
 */
async function collect(read: StreamingRead<Resolved>, silenceMs: number): Promise<ReadEvent[]> {
  const events: ReadEvent[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    reject(new Silence(`Nothing came of a read for ${silenceMs} ms`))
  }, silenceMs)
  read.on('data', ({ event }: Resolved) => {
    timer.refresh()
    if (event) events.push(event)
  })
  read.once('end', resolve)
  read.on('error', reject)
  try {
    await promise
    return events
  } catch (error) {
    read.cancel().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
  }
}

export interface StreamPage {
  readonly stream: string
  /** First revision wanted, included; undefined: from the very start or end. */
  readonly from: number | undefined
  readonly direction: Direction
  readonly count: number
}

/** Whether nothing is missing in a page: revisions have no gaps, and those of a stream that is there begin at 0. */
export function isWhole(
  { from, direction, count }: StreamPage,
  events: readonly ReadEvent[],
): boolean {
  const revisions = events.map(({ revision }) => Number(revision))
  const [first] = revisions
  if (direction === 'forwards') {
    const start = from ?? 0
    if (first === undefined) return start > 0
    return revisions.every((revision, i) => revision === start + i)
  }
  if (first === undefined || first > (from ?? first)) return false
  return (
    revisions.every((revision, i) => revision === first - i) &&
    (events.length === count || revisions.at(-1) === 0)
  )
}

/**
 * Events of a stream, as its leader has them: a follower may not know yet what was acknowledged. Undefined when it
 * does not exist; fewer than asked for mean that it ends there, or that the read was cut short.
 *
 * @throws LogDamaged when it was deleted for good.
 */
export async function readStreamPage(
  client: EventStoreDBClient,
  { stream, from, direction, count }: StreamPage,
  timeoutMs: number,
): Promise<readonly ReadEvent[] | undefined> {
  const edge = direction === 'forwards' ? 'start' : 'end'
  const read = client.readStream(stream, {
    direction,
    fromRevision: from === undefined ? edge : BigInt(from),
    maxCount: count,
    requiresLeader: true,
  })
  try {
    return await collect(read, timeoutMs)
  } catch (error) {
    if (error instanceof StreamNotFoundError) return undefined
    if (error instanceof StreamDeletedError) throw streamDamaged(stream, { cause: error })
    throw error
  }
}

export interface LogPage {
  /** Exclusive; undefined: from the very start or end. */
  readonly from: Position | undefined
  readonly direction: Direction
  readonly count: number
}

/** Events of everything, the server's own included, and whether there are more. */
export async function readLogPage(
  client: EventStoreDBClient,
  { from, direction, count }: LogPage,
  timeoutMs: number,
): Promise<{ readonly events: readonly ReadEvent[]; readonly hasMore: boolean }> {
  const fromPosition = toReadPosition(from, direction)
  const read = client.readAll({ direction, fromPosition, maxCount: count, requiresLeader: true })
  const events = await collect(read, timeoutMs)
  // Forwards the server begins with the event at the position itself, backwards with the one before it.
  const isKnown = ({ position }: ReadEvent): boolean =>
    from !== undefined && position !== undefined && toPosition(position) === from
  const hasMore = events.length === count
  return { events: events[0] && isKnown(events[0]) ? events.slice(1) : events, hasMore }
}
