import { z } from 'zod'
import { Rejection } from '#domain/rejection.ts'
import { type Caused, correlationTrees, eventChain } from '#projections/log/causation.ts'
import type { IndexedEvent } from '#projections/log/event-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, wholeNumberIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, type Read, readMeta } from '../reads.ts'
import { answeredRows } from '../access/on-record.ts'

const MAX_EVENTS = 1000
const MAX_DEPTH = 50

const place = {
  id: z.string(),
  type: z.string(),
  stream: z.string(),
  revision: z.int(),
  ordinal: z.string(),
  actor: z.string(),
  actorKind: z.string(),
  recordedAt: z.string(),
  occurredOn: z.string().nullable(),
  commandId: z.string(),
  correlationId: z.string(),
  causationId: z.string().nullable(),
}
const placeOut = z.strictObject(place).meta({ id: 'EventPlace' })
interface CausedOut extends z.output<typeof placeOut> {
  readonly caused: CausedOut[]
}
const causedOut: z.ZodType<CausedOut> = z
  .strictObject({
    ...place,
    get caused() {
      return z.array(causedOut).describe('Events that this one caused, in the order of the log.')
    },
  })
  .meta({ id: 'CausedEvent' })

const truncated = z.boolean().describe('There is more than `limits` let through.')

/** Why events were written, and what came of them: places and causes, not what they say. */
export function addChainReads(app: App, { read }: { readonly read: Read }): void {
  addEventChain(app, read)
  addCorrelation(app, read)
}

function addEventChain(app: App, read: Read): void {
  app.get(
    '/api/events/:id/chain',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'What an event came from, and what came of it',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({
          limit: wholeNumberIn(1, MAX_EVENTS)
            .default(MAX_EVENTS)
            .describe('Events that came of it, at most.'),
          depth: wholeNumberIn(1, MAX_DEPTH)
            .default(MAX_DEPTH)
            .describe('Steps from cause to consequence, upwards and downwards, at most.'),
          ...freshnessQuery,
        }),
        response: {
          200: answer(
            z.strictObject({
              cameFrom: z.array(placeOut).describe('From the first cause on.'),
              rootCommandId: z.string().describe('The command with which it began.'),
              event: causedOut,
              limits: z.strictObject({ events: z.int(), depth: z.int() }),
              truncated,
            }),
            readMeta,
          ),
          ...problems,
        },
      },
    },
    async (request) => {
      const { id } = request.params
      const limits = { events: request.query.limit, depth: request.query.depth }
      const { found, meta } = await read(request, 'event_index', (db) => eventChain(db, id, limits))
      if (found === undefined) throw new Rejection('EVENT_UNKNOWN', { eventId: id })
      const cameFrom = found.cameFrom.map(placeView)
      const event = causedView(found.tree)
      answeredRows(request, cameFrom.length + sizeOf([event]))
      const rootCommandId = (cameFrom[0] ?? event).commandId
      const data = { cameFrom, rootCommandId, event, limits, truncated: found.truncated }
      return { success: true as const, data, meta }
    },
  )
}

function addCorrelation(app: App, read: Read): void {
  app.get(
    '/api/correlations/:id',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'Everything that came of one request, each event under its cause',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({
          limit: wholeNumberIn(1, MAX_EVENTS).default(MAX_EVENTS).describe('Events, at most.'),
          ...freshnessQuery,
        }),
        response: {
          200: answer(
            z.strictObject({
              correlationId: z.string(),
              commands: z
                .array(z.strictObject({ commandId: z.string(), events: z.array(causedOut) }))
                .describe('Commands that no event of this correlation caused.'),
              limits: z.strictObject({ events: z.int() }),
              truncated,
            }),
            readMeta,
          ),
          ...problems,
        },
      },
    },
    async (request) => {
      const { id } = request.params
      const { limit } = request.query
      const { found, meta } = await read(request, 'event_index', (db) =>
        correlationTrees(db, id, limit),
      )
      const byCommand = Map.groupBy(found.trees.map(causedView), (event) => event.commandId)
      answeredRows(request, sizeOf([...byCommand.values()].flat()))
      const commands = [...byCommand].map(([commandId, events]) => ({ commandId, events }))
      const limits = { events: limit }
      const data = { correlationId: id, commands, limits, truncated: found.truncated }
      return { success: true as const, data, meta }
    },
  )
}

function sizeOf(events: readonly CausedOut[]): number {
  return events.reduce((sum, { caused }) => sum + 1 + sizeOf(caused), 0)
}

function placeView(event: IndexedEvent): z.output<typeof placeOut> {
  return {
    id: event.event_id,
    type: event.type,
    stream: event.stream,
    revision: event.revision,
    ordinal: event.organisation_ordinal,
    actor: event.actor,
    actorKind: event.actor_kind,
    recordedAt: event.recorded_at,
    occurredOn: event.occurred_on,
    commandId: event.command_id,
    correlationId: event.correlation_id,
    causationId: event.causation_id,
  }
}

function causedView({ event, caused }: Caused): CausedOut {
  return { ...placeView(event), caused: caused.map(causedView) }
}
