import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import type { EventStore } from '#log/event-store.ts'
import type { Sight } from '#log/sight.ts'
import { findCustomer, restrictedAmong } from '#projections/crm/customer-queries.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { eventPopulation } from '#projections/log/event-population.ts'
import { countRows, toldTables, untoldTables } from '#projections/privacy/rows-of-person.ts'
import { projectionsOfPerson } from '#projections/privacy/subjects-of-person.ts'
import { type OnRecordDeps, recordBefore } from '../access/on-record.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { idIn } from '../fields.ts'
import { eventPages } from '../log/export-events.ts'
import { mayOnRecord } from '../permissions.ts'
import { freshnessQuery } from '../reads.ts'
import { narrowSight } from '../sight.ts'
import { type PersonRecord, type PersonStatement, personCsv, personNdjson } from './person-files.ts'
import {
  accessesOf,
  findPerson,
  type Person,
  type PersonDeps,
  type PersonRequest,
  recordsOf,
  rowsOf,
  unmaskingsOf,
} from './person-records.ts'
import { findReceivers, PERSON } from './receivers.ts'
import { seesRestricted } from './restricted.ts'

export interface PersonExportDeps extends PersonDeps, OnRecordDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor' | 'versions'>
  readonly log: Pick<EventStore, 'head'>
  readonly limits: Pick<Limits, 'waitDeadlineMs'>
}

const files = {
  ndjson: { type: 'application/x-ndjson', write: personNdjson },
  csv: { type: 'text/csv; charset=utf-8', write: personCsv },
} as const

const file = { schema: z.any() }
const fileContent = { 'application/x-ndjson': file, 'text/csv': file }

/**
 * All that is held on a person as a file for them (Articles 15 and 20 GDPR): what is personal of anybody
 * else in it is masked. It is on record, with its reason, before it is answered.
 */
export function addPersonExport(app: App, deps: PersonExportDeps): void {
  app.get(
    PERSON,
    {
      ...mayOnRecord('disclose', 'export'),
      schema: {
        tags: ['privacy'],
        summary: 'Everything held on the person whom a customer is, as a file for them',
        description:
          'Rows of every read model, events, accesses that said what for, unmaskings, and who received it. Customers who are linked with this one are the same person. Amounts are in minor units. The last line is the SHA-256 of every byte before it. A file without it was broken off.',
        params: z.strictObject({ id: idIn.describe('Of the customer.') }),
        querystring: z.strictObject({
          format: z.enum(['ndjson', 'csv']).default('ndjson'),
          ...freshnessQuery,
        }),
        headers: z.looseObject({
          'x-reason': z
            .string()
            .min(1)
            .describe('What it is for: at most 500 characters, percent-encoded where not ASCII.'),
        }),
        response: { 200: { description: 'The file.', content: fileContent }, ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { format } = request.query
      const stale = !(await reachesEnd(deps))
      await refuseUnknown(deps, request, id)
      const { organisation } = callerOf(request)
      const { found: person } = await deps.read(request, 'person_links', (db) =>
        findPerson(deps, db, organisation, id),
      )
      await refuseRestricted(deps, request, person)
      const sight = narrowSight(request, person.subjects)
      const held = await findHeld(deps, request, person)
      const statement: PersonStatement = {
        organisation,
        customers: person.customers,
        madeAt: deps.clock(),
        head: held.head,
        stale,
        personalData: isSeenWhole(sight, person) ? 'shown' : 'masked',
        holds: held.holds,
        leavesOut: untoldTables,
      }
      const rows = Object.values(held.holds).reduce((sum, count) => sum + count, 0)
      // It may show what was unmasked, which is not known before it is on its way.
      sight.onShown?.()
      await recordBefore(deps, request, rows)
      reply.header('content-disposition', `attachment; filename="person.${format}"`)
      reply.type(files[format].type)
      const text = files[format].write(statement, held.pages)
      return reply.send(Readable.from(text, { objectMode: false }))
    },
  )
}

/**
 * Waits until all that the file is made of knows the whole log; false when it does not in time.
 *
 * @throws ApiError READ_MODEL_MISSING
 */
async function reachesEnd({ engine, log, limits }: PersonExportDeps): Promise<boolean> {
  const head = await log.head()
  if (head === undefined) return true
  const names = new Set([
    ...projectionsOfPerson,
    ...toldTables.map((name) => name.split('.')[0] ?? ''),
  ])
  const waits = [...names].map(async (projection) => {
    const { reached } = await engine.waitFor(projection, head, limits.waitDeadlineMs)
    if (reached) return true
    const { tables } = await engine.versions(projection)
    if (tables === undefined) throw new ApiError('READ_MODEL_MISSING', { projection })
    return false
  })
  return (await Promise.all(waits)).every(Boolean)
}

/** @throws Rejection CUSTOMER_UNKNOWN; CUSTOMER_ERASED: nobody can know who it was */
async function refuseUnknown(
  { read }: PersonExportDeps,
  request: PersonRequest,
  customerId: string,
): Promise<void> {
  const { found } = await read(request, 'crm_customers', (db) => findCustomer(db, customerId))
  if (found === undefined) throw new Rejection('CUSTOMER_UNKNOWN', { customerId })
  if (found.standing === 'erased') throw new Rejection('CUSTOMER_ERASED', { customerId })
}

/**
 * @throws Rejection CUSTOMER_RESTRICTED naming the first of the person's customers who is, where that is not
 *   for the caller to see
 */
async function refuseRestricted(
  { read }: PersonExportDeps,
  request: PersonRequest,
  { customers }: Person,
): Promise<void> {
  if (seesRestricted(request)) return
  const { found } = await read(request, 'crm_customers', (db) => restrictedAmong(db, customers))
  const customerId = customers.find((id) => found.has(id))
  if (customerId !== undefined) throw new Rejection('CUSTOMER_RESTRICTED', { customerId })
}

function isSeenWhole({ sees }: Sight, { subjects }: Person): boolean {
  return sees === 'everybody' || sees.size === subjects.size
}

/** How much is held, and all of it page by page. */
interface Held {
  readonly head: string
  readonly holds: PersonStatement['holds']
  readonly pages: AsyncGenerator<readonly PersonRecord[]>
}

async function findHeld(
  deps: PersonExportDeps,
  request: PersonRequest,
  person: Person,
): Promise<Held> {
  const { read, database, sourceFor } = deps
  const source = sourceFor(request)
  const filter = { concernsAny: person.references }
  const { found } = await read(request, 'event_index', async (db) => {
    let rows = 0
    for (const name of toldTables) rows += await countRows(db, name, person.ids)
    return { rows, events: await eventPopulation(db, filter) }
  })
  const { found: receivers } = await read(request, 'accesses', (db) =>
    findReceivers(source, db, { ...person, to: null }),
  )
  const accesses = recordsOf('access', await accessesOf(deps, request, person))
  const unmaskings = recordsOf('unmasking', await unmaskingsOf(deps, request, person))
  const { count, head } = found.events
  const events = { organisation: callerOf(request).organisation, count }
  async function* pages(): AsyncGenerator<readonly PersonRecord[]> {
    yield* rowsOf(read, request, person)
    const wanted = { ...filter, ordinalTo: head }
    for await (const page of eventPages({ database, ...source }, wanted, events)) {
      yield recordsOf('event', page)
    }
    yield accesses
    yield unmaskings
    yield receivers.map((one) => ({ record: 'receiver', of: one.route, data: one }))
  }
  const holds = {
    rows: found.rows,
    events: Number(count),
    accesses: accesses.length,
    unmaskings: unmaskings.length,
    receivers: receivers.length,
  }
  return { head, holds, pages: pages() }
}
