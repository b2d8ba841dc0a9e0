import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { RecordedAccess } from '#domain/access/access-record.ts'
import { searchAccesses } from '#projections/access/access-queries.ts'
import { eventPopulation } from '#projections/log/event-population.ts'
import type { PastSource } from '#projections/log/past-events.ts'
import type { Erasure } from '#projections/privacy/privacy-queries.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { HIDDEN } from '../access/shown-parameters.ts'
import { type AskedEvents, eventFilters, filterOf } from '../log/event-filters.ts'

/** What leaves the organisation as a file. */
const EXPORT = '/api/events/export'
/** Exports on record that are gone through, the latest first. */
export const EXPORTS = 200

export const receiverOut = z
  .strictObject({
    at: z.string(),
    actor: z.string(),
    route: z.string(),
    events: z
      .string()
      .describe('How many of its events were about the person; where `asked` hides one, at most.'),
    asked: z.record(z.string(), z.string()),
    requestId: z.string(),
  })
  .meta({ id: 'Receiver' })
export type Receiver = z.output<typeof receiverOut>

/** Which exports, by what they asked for and when, held events of a customer who could then be read. */
export async function findReceivers(
  { log, codec }: PastSource,
  db: ReadonlyKysely<ReadModels>,
  { customer_id: id, erased_at: to }: Erasure,
): Promise<readonly Receiver[]> {
  const search = { kind: 'export', route: EXPORT, to: to ?? undefined } as const
  const found = await searchAccesses(db, search, { limit: EXPORTS, cursor: undefined })
  const receivers: Receiver[] = []
  for (const { type, data, metadata } of await codec.decode(await log.readMany(found.items))) {
    if (type !== 'RecordsAccessed' || (data.status ?? 0) >= 400) continue
    const events = await eventsOf(db, id, data)
    if (events === '0') continue
    const asked = Object.fromEntries((data.asked ?? []).map(({ name, value }) => [name, value]))
    const { actor, $correlationId: requestId } = metadata
    receivers.push({ at: data.at, actor, route: data.route, events, asked, requestId })
  }
  return receivers
}

async function eventsOf(
  db: ReadonlyKysely<ReadModels>,
  customerId: string,
  { asked = [], lastAt }: RecordedAccess,
): Promise<string> {
  const filter = filterOf(conditionsOf(asked))
  const { recordedBefore = lastAt, concerns = [] } = filter
  const { count } = await eventPopulation(db, {
    ...filter,
    recordedBefore: recordedBefore < lastAt ? recordedBefore : lastAt,
    concerns: [...concerns, { kind: 'customer', id: customerId }],
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
