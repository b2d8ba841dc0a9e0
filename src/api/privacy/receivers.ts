import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { RecordedAccess } from '#domain/access/access-record.ts'
import { searchAccesses } from '#projections/access/access-queries.ts'
import { eventPopulation } from '#projections/log/event-population.ts'
import type { PastSource } from '#projections/log/past-events.ts'
import type { Reference } from '#projections/log/reference.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { HIDDEN } from '../access/shown-parameters.ts'
import { type AskedEvents, eventFilters, filterOf } from '../log/event-filters.ts'

/** What leaves the organisation as a file: of events, and of a person. */
const EVENTS = '/api/events/export'
export const PERSON = '/api/privacy/persons/:id/export'
/** Exports on record that are gone through, the latest first. */
export const EXPORTS = 200

export const receiverOut = z
  .strictObject({
    at: z.string(),
    actor: z.string(),
    route: z.string(),
    events: z
      .string()
      .describe(
        'How many of its events were about the person; where `asked` hides one, at most. Of a file on the person, its records.',
      ),
    asked: z.record(z.string(), z.string()),
    requestId: z.string(),
  })
  .meta({ id: 'Receiver' })
export type Receiver = z.output<typeof receiverOut>

/** Whose data it was: the customers whom they are known as, and what events about them concern. */
export interface Disclosed {
  readonly customers: readonly string[]
  readonly references: readonly Reference[]
  /** UTC instant from which on nobody could read it; null while it can be read. */
  readonly to: string | null
}

/** Which exports, by what they asked for and when, held what was about a person who could then be read. */
export async function findReceivers(
  { log, codec }: PastSource,
  db: ReadonlyKysely<ReadModels>,
  person: Disclosed,
): Promise<readonly Receiver[]> {
  const search = { kind: 'export', to: person.to ?? undefined } as const
  const found = await searchAccesses(db, search, { limit: EXPORTS, cursor: undefined })
  const receivers: Receiver[] = []
  for (const { type, data, metadata } of await codec.decode(await log.readMany(found.items))) {
    if (type !== 'RecordsAccessed' || (data.status ?? 0) >= 400) continue
    const events = await eventsOf(db, person, data)
    if (events === '0') continue
    const asked = Object.fromEntries((data.asked ?? []).map(({ name, value }) => [name, value]))
    const { actor, $correlationId: requestId } = metadata
    receivers.push({ at: data.at, actor, route: data.route, events, asked, requestId })
  }
  return receivers
}

async function eventsOf(
  db: ReadonlyKysely<ReadModels>,
  { customers, references }: Disclosed,
  { route, rows, asked = [], lastAt }: RecordedAccess,
): Promise<string> {
  if (route === PERSON) {
    const isTheirs = asked.some(({ name, value }) => name === 'id' && customers.includes(value))
    return isTheirs ? String(rows ?? 0) : '0'
  }
  if (route !== EVENTS) return '0'
  const filter = filterOf(conditionsOf(asked))
  const { recordedBefore = lastAt } = filter
  const { count } = await eventPopulation(db, {
    ...filter,
    recordedBefore: recordedBefore < lastAt ? recordedBefore : lastAt,
    concernsAny: references,
  })
  return count
}

/** What was asked, as far as it is on record: without what is hidden the file may seem to have held more. */
function conditionsOf(asked: NonNullable<RecordedAccess['asked']>): AskedEvents {
  const schemas: Readonly<Record<string, z.ZodType>> = eventFilters
  const conditions = asked.flatMap(({ name, value }) => {
    const read = value === HIDDEN ? undefined : schemas[name]?.safeParse(value)
    return read?.success === true ? [[name, read.data]] : []
  })
  return Object.fromEntries(conditions) as AskedEvents
}
