import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from '../read-models.ts'
import { findEvent, type IndexedEvent } from './event-queries.ts'

/** How far causes and consequences are followed. */
export interface ChainLimits {
  readonly events: number
  readonly depth: number
}

/** An event with what came of it: the events that say it caused them, and what came of those. */
export interface Caused {
  readonly event: IndexedEvent
  readonly caused: readonly Caused[]
}

export interface Chain {
  /** From the first cause to the event's own: none when a command from outside wrote it. */
  readonly cameFrom: readonly IndexedEvent[]
  readonly tree: Caused
  /** True when there is more than the limits let through. */
  readonly truncated: boolean
}

/** What an event came from and what came of it, in whatever streams; undefined for an unknown event. */
export async function eventChain(
  db: ReadonlyKysely<ReadModels>,
  eventId: string,
  limits: ChainLimits,
): Promise<Chain | undefined> {
  const event = await findEvent(db, eventId)
  if (event === undefined) return undefined
  const above = await causesOf(db, event, limits.depth)
  const below = await consequencesOf(db, event, limits)
  const [tree = { event, caused: [] }] = treesOf([event, ...below.events])
  return { cameFrom: above.events, tree, truncated: above.truncated || below.truncated }
}

interface Followed {
  readonly events: readonly IndexedEvent[]
  readonly truncated: boolean
}

async function causesOf(
  db: ReadonlyKysely<ReadModels>,
  event: IndexedEvent,
  depth: number,
): Promise<Followed> {
  const events: IndexedEvent[] = []
  let cause = event.causation_id
  while (cause !== null && events.length < depth) {
    const found = await findEvent(db, cause)
    if (found === undefined) return { events, truncated: false }
    events.unshift(found)
    cause = found.causation_id
  }
  return { events, truncated: cause !== null }
}

async function consequencesOf(
  db: ReadonlyKysely<ReadModels>,
  event: IndexedEvent,
  limits: ChainLimits,
): Promise<Followed> {
  const events: IndexedEvent[] = []
  let level = [event]
  for (let depth = 0; level.length > 0; depth += 1) {
    const left = depth < limits.depth ? limits.events - events.length : 0
    const found = await causedBy(db, level, left + 1)
    if (found.length > left)
      return { events: [...events, ...found.slice(0, left)], truncated: true }
    events.push(...found)
    level = found
  }
  return { events, truncated: false }
}

/** An event is caused by an earlier one; one that says otherwise leads nowhere, or round in circles. */
async function causedBy(
  db: ReadonlyKysely<ReadModels>,
  causes: readonly IndexedEvent[],
  limit: number,
): Promise<IndexedEvent[]> {
  const ordinals = new Map(causes.map((cause) => [cause.event_id, cause.ordinal]))
  const found = await db
    .selectFrom('event_index.event')
    .selectAll()
    .where('causation_id', 'in', [...ordinals.keys()])
    .orderBy('organisation_ordinal')
    .limit(limit)
    .execute()
  return found.filter(
    (event) => BigInt(event.ordinal) > BigInt(ordinals.get(event.causation_id ?? '') ?? '0'),
  )
}

/** The first events of a correlation as trees: each under its cause, where that is of the correlation too. */
export async function correlationTrees(
  db: ReadonlyKysely<ReadModels>,
  correlationId: string,
  limit: number,
): Promise<{ readonly trees: readonly Caused[]; readonly truncated: boolean }> {
  const found = await db
    .selectFrom('event_index.event')
    .selectAll()
    .where('correlation_id', '=', correlationId)
    .orderBy('organisation_ordinal')
    .limit(limit + 1)
    .execute()
  return { trees: treesOf(found.slice(0, limit)), truncated: found.length > limit }
}

/** Events in the order of the log, each under its cause; a root is one whose cause is not before it. */
function treesOf(events: readonly IndexedEvent[]): readonly Caused[] {
  const placed = new Map<string, { event: IndexedEvent; caused: Caused[] }>()
  const roots: Caused[] = []
  for (const event of events) {
    const place = { event, caused: [] }
    const cause = placed.get(event.causation_id ?? '')
    if (cause === undefined) roots.push(place)
    else cause.caused.push(place)
    placed.set(event.event_id, place)
  }
  return roots
}
