import type { Position, StoredEvent } from './event-store.ts'
import type { ReadHistory } from './read-history.ts'

/** The first place at which two logs are not the same. */
export interface Difference {
  readonly ordinal: number
  /** Undefined when that log ends before. */
  readonly from: DifferingEvent | undefined
  readonly to: DifferingEvent | undefined
  /** Members of the event that differ; none when one of the logs ends before. */
  readonly members: readonly string[]
}

export interface DifferingEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
}

export interface CompareOptions {
  /** Told how many events were found equal. */
  readonly onProgress?: (events: number) => void
  readonly signal?: AbortSignal
}

/**
 * Reads both logs side by side for as long as the second has events. Without a difference the second is
 * the beginning of the first, or all of it, and both histories stand at its end.
 */
export async function compareBeginning(
  from: ReadHistory,
  to: ReadHistory,
  { onProgress, signal }: CompareOptions = {},
): Promise<Difference | undefined> {
  const others = eventsOf(from)
  try {
    for await (const page of to.store.readAll()) {
      for (const event of page) {
        const { value: other } = await others.next()
        if (other === undefined) return differenceOf(to.count + 1, undefined, event)
        if (from.add(other) !== to.add(event)) return differenceOf(to.count, other, event)
      }
      onProgress?.(to.count)
      signal?.throwIfAborted()
    }
    return undefined
  } finally {
    await others.return(undefined)
  }
}

/** As `compareBeginning`, and then what the first holds beyond the second. */
export async function compareLogs(
  from: ReadHistory,
  to: ReadHistory,
  options: CompareOptions = {},
): Promise<Difference | undefined> {
  const difference = await compareBeginning(from, to, options)
  if (difference !== undefined) return difference
  const after = from.position === undefined ? {} : { from: from.position }
  let next: StoredEvent | undefined
  for await (const page of from.store.readAll(after)) {
    next ??= page[0]
    for (const event of page) from.add(event)
    options.onProgress?.(from.count)
    options.signal?.throwIfAborted()
  }
  return next && differenceOf(to.count + 1, next, undefined)
}

/** A store may end at the head of when its reading began: what was copied since is read on to. */
async function* eventsOf({ store }: ReadHistory): AsyncGenerator<StoredEvent, undefined> {
  let from: Position | undefined
  for (;;) {
    const before = from
    for await (const page of store.readAll(from === undefined ? {} : { from })) {
      from = page.at(-1)?.position ?? from
      yield* page
    }
    if (from === before) return undefined
  }
}

const MEMBERS = ['id', 'type', 'stream', 'revision', 'data', 'metadata'] as const

function differenceOf(
  ordinal: number,
  from: StoredEvent | undefined,
  to: StoredEvent | undefined,
): Difference {
  const members =
    from === undefined || to === undefined
      ? []
      : MEMBERS.filter((member) => JSON.stringify(from[member]) !== JSON.stringify(to[member]))
  return { ordinal, from: from && nameOf(from), to: to && nameOf(to), members }
}

function nameOf({ id, type, stream, revision }: StoredEvent): DifferingEvent {
  return { id, type, stream, revision }
}

/** In a sentence: which event, and what of it. */
export function tellDifference({ ordinal, from, to, members }: Difference): string {
  if (to === undefined) return `event ${ordinal} (${named(from)}) is not in the log copied to`
  if (from === undefined) {
    return `the log copied to holds an event ${ordinal} (${named(to)}) that the other does not have`
  }
  return `event ${ordinal} differs in ${members.join(', ')}: ${named(from)} in the one, ${named(to)} in the log copied to`
}

function named(event: DifferingEvent | undefined): string {
  if (event === undefined) return 'nothing'
  return `${event.type} ${event.id}, ${event.stream}@${event.revision}`
}
