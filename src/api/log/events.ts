import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { searchEvents } from '#projections/log/event-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { answeredRows } from '../access/on-record.ts'
import { eventFilters } from './event-filters.ts'
import { eventOut, eventsOfIndex } from './event-view.ts'
import { fittingEvents, LARGE_EVENTS } from './fitting-events.ts'
import { findEventOrAccess, readEvents } from './read-events.ts'

export interface EventReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

/** The events of the organisation, found by the index and read from the log. */
export function addEventReads(app: App, { read, limits, sourceFor }: EventReadDeps): void {
  app.get(
    '/api/events',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary:
          'Events by what they say of themselves: stream, type, actor, cause, time, amount, account',
        description: LARGE_EVENTS,
        querystring: z.strictObject({
          ...eventFilters,
          direction: z.enum(['forwards', 'backwards']).default('backwards'),
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(eventOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, direction } = request.query
      const { found, meta } = await readEvents(read, request, (db, filter) =>
        searchEvents(db, filter, { limit, cursor, direction }),
      )
      const page = await fittingEvents(sourceFor(request), found)
      answeredRows(request, page.items.length)
      return listAnswer(request, reply, { found: page, meta }, limit, (event) => event)
    },
  )
  app.get(
    '/api/events/:id',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'One event',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject(freshnessQuery),
        response: { 200: answer(eventOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const { found, meta } = await findEventOrAccess(read, request, id)
      const [event] = found === undefined ? [] : await eventsOfIndex(sourceFor(request), [found])
      if (event === undefined) throw new Rejection('EVENT_UNKNOWN', { eventId: id })
      answeredRows(request, 1)
      return { success: true as const, data: event, meta }
    },
  )
}
