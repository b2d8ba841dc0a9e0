import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { findEvent, searchEvents } from '#projections/log/event-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { dayIn, eventTypeIn, idIn, instantIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { type EventSource, eventOut, eventsOfIndex } from './event-view.ts'

export interface EventReadDeps extends EventSource {
  readonly read: Read
  readonly limits: Limits
}

const MAX_STREAM_NAME = 300

const filters = {
  stream: z.string().max(MAX_STREAM_NAME).optional(),
  category: z
    .string()
    .max(64)
    .optional()
    .describe('The part of a stream’s name before the hyphen.'),
  type: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(eventTypeIn).max(50))
    .optional()
    .describe('One type or several, with commas.'),
  actor: idIn.optional(),
  correlation: idIn.optional(),
  causation: idIn.optional(),
  command: idIn.optional(),
  from: instantIn.optional().describe('Recorded at or after.'),
  to: instantIn.optional().describe('Recorded before.'),
  occurred_from: dayIn.optional(),
  occurred_to: dayIn.optional(),
  direction: z.enum(['forwards', 'backwards']).default('backwards'),
}

/** The events of the organisation, found by the index and read from the log. */
export function addEventReads(app: App, { read, limits, ...source }: EventReadDeps): void {
  app.get(
    '/api/events',
    {
      ...may('read'),
      schema: {
        tags: ['events'],
        summary: 'Events by stream, type, actor, correlation or time',
        querystring: z.strictObject({ ...filters, ...listFields(limits) }),
        response: { 200: answer(z.array(eventOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, direction, ...asked } = request.query
      const filter = {
        stream: asked.stream,
        category: asked.category,
        types: asked.type,
        actor: asked.actor,
        correlationId: asked.correlation,
        causationId: asked.causation,
        commandId: asked.command,
        recordedFrom: asked.from,
        recordedBefore: asked.to,
        occurredFrom: asked.occurred_from,
        occurredTo: asked.occurred_to,
      }
      const { found, meta } = await read(request, 'event_index', (db) =>
        searchEvents(db, filter, { limit, cursor, direction }),
      )
      const items = await eventsOfIndex(source, found.items)
      const page = { found: { items, next: found.next }, meta }
      return listAnswer(request, reply, page, limit, (event) => event)
    },
  )
  app.get(
    '/api/events/:id',
    {
      ...may('read'),
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
      const { found, meta } = await read(request, 'event_index', (db) => findEvent(db, id))
      const [event] = found === undefined ? [] : await eventsOfIndex(source, [found])
      if (event === undefined) throw new Rejection('EVENT_UNKNOWN', { eventId: id })
      return { success: true as const, data: event, meta }
    },
  )
}
