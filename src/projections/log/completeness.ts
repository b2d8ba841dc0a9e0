import type { ReadonlyKysely } from 'kysely/readonly'
import { isOfAccessRecord } from '#domain/access/access-record.ts'
import { LogUnavailable } from '#log/errors.ts'
import type { EventReference, EventStore, StoredEvent } from '#log/event-store.ts'
import { type AccessStream, accessStreams } from '../access/access-queries.ts'
import type { Place } from '../engine/projection-engine.ts'
import type { ReadModels } from '../read-models.ts'
import {
  brokenStreams,
  countIndex,
  type IndexCount,
  lastEventUpTo,
  missingOrdinals,
  repeatedEvents,
} from './completeness-queries.ts'
import { type IndexedEvent, searchEvents } from './event-queries.ts'

/**
 * Whether all of an organisation's events are there: ordinals 1 to n in the index, none twice, every
 * stream without a gap, the last one the log's last, the count of the whole log as its positions say.
 */
export interface Completeness extends IndexCount {
  readonly complete: boolean
  readonly findings: readonly CompletenessFinding[]
}

/** Something that is not as it must be; the facts name where. */
export interface CompletenessFinding {
  readonly kind:
    | 'ordinals_missing_in_index'
    | 'event_twice_in_index'
    | 'stream_broken_in_index'
    | 'count_not_that_of_log'
    | 'last_event_not_that_of_log'
    | 'event_missing_in_log'
    | 'event_differs_in_log'
    | 'log_unreadable'
  readonly facts: Readonly<Record<string, string | number | null>>
}

type Log = Pick<EventStore, 'readAll' | 'readMany' | 'comparePositions' | 'countBetween'>

/** Asks the index of one organisation. */
export type AskIndex = <T>(run: (db: ReadonlyKysely<ReadModels>) => Promise<T>) => Promise<T>

/** Findings of one kind that are listed. */
const MAX_FINDINGS = 100
/** Events that are looked at from the end of the log for the organisation's last. */
const MAX_FROM_END = 10_000
const PAGE = 500

/** @param place Up to where the index has considered the log; it may have moved on since. */
export async function checkCompleteness(
  ask: AskIndex,
  log: Log,
  organisation: string,
  place: Place,
): Promise<Completeness> {
  const { counted, findings } = await ask(async (db) => ({
    counted: await countIndex(db),
    findings: await findInIndex(db),
  }))
  const all = [
    ...findings,
    ...countedByLog(log, place),
    ...(await lastInLog(log, organisation, place, ask)),
  ]
  return { ...counted, complete: all.length === 0, findings: all }
}

async function findInIndex(
  db: ReadonlyKysely<ReadModels>,
): Promise<readonly CompletenessFinding[]> {
  const missing = await missingOrdinals(db, MAX_FINDINGS)
  const repeated = await repeatedEvents(db, MAX_FINDINGS)
  const broken = await brokenStreams(db, MAX_FINDINGS)
  return [
    ...missing.map((range) => finding('ordinals_missing_in_index', { ...range })),
    ...repeated.map(({ eventId, ordinals }) =>
      finding('event_twice_in_index', { eventId, ordinals: ordinals.join(', ') }),
    ),
    ...broken.map((stream) => finding('stream_broken_in_index', { ...stream })),
  ]
}

function countedByLog(log: Log, { position, ordinal }: Place): readonly CompletenessFinding[] {
  const count = position === undefined ? 0 : log.countBetween?.(undefined, position)
  if (count === undefined || count === ordinal) return []
  return [finding('count_not_that_of_log', { log: count, index: ordinal })]
}

/** Looked for from the end: an organisation that has been silent for long is not found, and not judged. */
async function lastInLog(
  log: Log,
  organisation: string,
  { position, ordinal }: Place,
  ask: AskIndex,
): Promise<readonly CompletenessFinding[]> {
  if (position === undefined) return []
  const indexed = (await ask((db) => lastEventUpTo(db, ordinal))) ?? null
  try {
    const pages = log.readAll({ direction: 'backwards', maxCount: MAX_FROM_END })
    for await (const page of pages) {
      const last = page.find(
        (event) =>
          event.metadata.organisation === organisation &&
          !isOfAccessRecord(event.stream) &&
          log.comparePositions(event.position, position) <= 0,
      )
      if (last === undefined) continue
      if (last.id === indexed) return []
      return [finding('last_event_not_that_of_log', { log: last.id, index: indexed })]
    }
    return []
  } catch (error) {
    return [unreadable(error)]
  }
}

/** The organisation's record of access: the events of each month, and what is missing of them. */
export interface AccessCompleteness {
  readonly accesses: readonly AccessStream[]
  readonly findings: readonly CompletenessFinding[]
}

export async function checkAccesses(db: ReadonlyKysely<ReadModels>): Promise<AccessCompleteness> {
  const streams = await accessStreams(db)
  const accesses = streams.map(({ stream, events, last }) => ({ stream, events, last }))
  const broken = accesses.filter((_, index) => streams[index]?.isWhole === false)
  return {
    accesses,
    findings: broken.map((record) => finding('stream_broken_in_index', { ...record })),
  }
}

export interface AgainstLog {
  readonly findings: readonly CompletenessFinding[]
  /** Ordinals that were looked up, both included. */
  readonly from: string
  readonly to: string
}

/** Whether the log holds each event that the index names, between two ordinals. */
export async function checkAgainstLog(
  ask: AskIndex,
  log: Log,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<AgainstLog> {
  const findings: CompletenessFinding[] = []
  let cursor: string | undefined
  do {
    const after = cursor
    const filter = { ordinalFrom: from, ordinalTo: to }
    const page = await ask((db) =>
      searchEvents(db, filter, { limit: PAGE, cursor: after, direction: 'forwards' }),
    )
    findings.push(...(await comparedWithLog(log, page.items)))
    cursor = page.next
  } while (cursor !== undefined && findings.length < MAX_FINDINGS)
  return { findings: findings.slice(0, MAX_FINDINGS), from, to }
}

async function comparedWithLog(
  log: Log,
  rows: readonly IndexedEvent[],
): Promise<readonly CompletenessFinding[]> {
  const stored = await log.readMany(rows)
  const byPlace = new Map(stored.map((event) => [placeOf(event), event]))
  return rows.flatMap((row) => {
    const found = byPlace.get(placeOf(row))
    if (found !== undefined && isSame(row, found)) return []
    const { organisation_ordinal: ordinal, event_id: eventId, stream, revision, type } = row
    const kind = found === undefined ? 'event_missing_in_log' : 'event_differs_in_log'
    return [finding(kind, { ordinal, eventId, stream, revision, type })]
  })
}

const placeOf = ({ stream, revision }: EventReference): string => `${revision}@${stream}`

function isSame(row: IndexedEvent, { id, type, metadata }: StoredEvent): boolean {
  return id === row.event_id && type === row.type && metadata.commandId === row.command_id
}

function unreadable(error: unknown): CompletenessFinding {
  if (error instanceof LogUnavailable || !(error instanceof Error)) throw error
  return finding('log_unreadable', { reason: error.message })
}

function finding(
  kind: CompletenessFinding['kind'],
  facts: CompletenessFinding['facts'],
): CompletenessFinding {
  return { kind, facts }
}
