import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventFilter } from '#projections/log/event-filter.ts'
import { eventPopulation } from '#projections/log/event-population.ts'
import { searchEvents } from '#projections/log/event-queries.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { mayOnRecord } from '../permissions.ts'
import { freshnessQuery } from '../reads.ts'
import { sightOf } from '../sight.ts'
import { type OnRecordDeps, recordBefore } from '../access/on-record.ts'
import { eventCsv, eventNdjson, type Statement } from './event-files.ts'
import { eventFilters } from './event-filters.ts'
import type { EventOut, EventSource } from './event-view.ts'
import type { EventReadDeps } from './events.ts'
import { eventsInParts } from './fitting-events.ts'
import { readEvents } from './read-events.ts'

/** Events that the index is asked for at a time. */
const PAGE = 500

const files = {
  ndjson: { type: 'application/x-ndjson', write: eventNdjson },
  csv: { type: 'text/csv; charset=utf-8', write: eventCsv },
} as const

const file = { schema: z.any() }
const fileContent = { 'application/x-ndjson': file, 'text/csv': file }

export interface ExportDeps extends EventReadDeps, OnRecordDeps {
  readonly database: Pick<Database, 'query'>
}

/**
 * Every event of a search as a file that states what it holds and can be checked without Daybook. It is
 * written as fast as it is read; when it cannot be finished the connection breaks off, and its last
 * line, without which it is not whole, is missing.
 */
export function addEventExport(app: App, deps: ExportDeps): void {
  const { read, database, sourceFor } = deps
  app.get(
    '/api/events/export',
    {
      ...mayOnRecord('audit', 'export'),
      schema: {
        tags: ['events'],
        summary: 'Events as a file that states its filter, count, ordinals and hash',
        description:
          "The last line holds the count of the events and the SHA-256 of every byte before it: `sed '$d' FILE | sha256sum`. A file without it was broken off.",
        querystring: z.strictObject({
          format: z.enum(['ndjson', 'csv']).default('ndjson'),
          ...eventFilters,
          ...freshnessQuery,
        }),
        response: { 200: { description: 'The file.', content: fileContent }, ...problems },
      },
    },
    async (request, reply) => {
      const { format, min_position: _, known_at: _known, ...filter } = request.query
      const { found, behind } = await readEvents(read, request, async (db, asked) => ({
        asked,
        population: await eventPopulation(db, asked),
      }))
      // What is handed out cannot be called back: it holds all that was asked for, or is not made.
      if (behind !== undefined) {
        throw new ApiError('READ_MODEL_BEHIND', { projection: behind, seconds: 2 })
      }
      const { organisation } = callerOf(request)
      const sight = sightOf(request)
      const statement: Statement = {
        organisation,
        filter,
        personalData: sight.sees === 'everybody' ? 'shown' : 'masked',
        leavesOut: 'accesses',
        ...found.population,
      }
      const wanted: EventFilter = { ...found.asked, ordinalTo: found.population.head }
      const source = sourceFor(request)
      const pages = eventPages({ database, ...source }, wanted, statement)
      // It may show what was unmasked, which is not known before it is on its way.
      sight.onShown?.()
      await recordBefore(deps, request, Number(statement.count))
      reply.header('content-disposition', `attachment; filename="events.${format}"`)
      reply.type(files[format].type)
      return reply.send(Readable.from(files[format].write(statement, pages), { objectMode: false }))
    },
  )
}

/**
 * What a filter holds, in the order of the log.
 *
 * @throws when the log does not hold what the index found: the file must not be silently short.
 */
export async function* eventPages(
  { database, ...source }: EventSource & Pick<ExportDeps, 'database'>,
  filter: EventFilter,
  { organisation, count }: Pick<Statement, 'organisation' | 'count'>,
): AsyncGenerator<readonly EventOut[]> {
  let cursor: string | undefined
  let written = 0
  do {
    const after = cursor
    const page = await database.query(organisation, (db) =>
      searchEvents(db, filter, { limit: PAGE, cursor: after, direction: 'forwards' }),
    )
    const writtenBefore = written
    for await (const events of eventsInParts(source, page.items)) {
      written += events.length
      yield events
    }
    if (written < writtenBefore + page.items.length) {
      throw new Error(`The log lacks events that the index names, after the ${writtenBefore}th`)
    }
    cursor = page.next
  } while (cursor !== undefined)
  if (String(written) !== count) throw new Error(`${written} events were found, not ${count}`)
}
