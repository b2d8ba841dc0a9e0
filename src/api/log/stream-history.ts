import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import {
  changeOf,
  type HistoryChange,
  type HistorySource,
  historyOf,
  stateAt,
} from '#log/aggregate-history.ts'
import type { EventMetadata } from '#log/event-store.ts'
import { parseStreamName } from '#log/stream-name.ts'
import { findEvents, type IndexedEvent, revisionAt } from '#projections/log/event-queries.ts'
import { decodeCursor, pageOf } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { listFields, wholeNumberIn } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { answeredRows } from '../access/on-record.ts'

export interface HistoryDeps {
  readonly sourceFor: SourceFor
  readonly read: Read
  readonly limits: Limits
}

const MAX_REVISION = 2 ** 31 - 1

const eventLink = {
  id: z.string(),
  type: z.string(),
  stream: z.string(),
  revision: z.int(),
  ordinal: z.string(),
  href: z.string(),
}
const stepFields = {
  revision: z.int(),
  event: z.strictObject({
    id: z.string(),
    type: z.string(),
    ordinal: z.string().nullable(),
    recordedAt: z.string(),
    occurredOn: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    href: z.string(),
  }),
  changes: z
    .array(
      z.strictObject({
        field: z.string().describe('JSON Pointer into the state.'),
        before: z.unknown().optional(),
        after: z.unknown().optional(),
      }),
    )
    .describe('What the event changed in the state.'),
  cause: z.strictObject({
    actor: z.string(),
    commandId: z.string(),
    correlationId: z.string(),
    event: z.strictObject(eventLink).nullable().describe('The event that this one reacts to.'),
  }),
}
export const stepOut = z.strictObject(stepFields).meta({ id: 'StreamStep' })
const stateOut = z
  .strictObject({
    stream: z.string(),
    category: z.string(),
    state: z
      .record(z.string(), z.unknown())
      .describe('As the domain folds it, amounts in minor units; it holds nothing personal.'),
    ...stepFields,
  })
  .meta({ id: 'StreamState' })

export const streamParams = z.strictObject({ stream: z.string().min(1).max(300) })

/** Aggregates as they were, and how they became so. */
export function addStreamHistory(app: App, deps: HistoryDeps): void {
  addState(app, deps)
  addHistory(app, deps)
}

function addState(app: App, deps: HistoryDeps): void {
  app.get(
    '/api/streams/:stream/state',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'The state of an aggregate at a revision or instant, and what made it so',
        params: streamParams,
        querystring: z.strictObject({
          revision: wholeNumberIn(0, MAX_REVISION).optional().describe('The last when absent.'),
          ...knownAtQuery,
          ...freshnessQuery,
        }),
        response: { 200: answer(stateOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { stream } = request.params
      const { organisation, category = '' } = parseStreamName(stream) ?? {}
      if (organisation !== callerOf(request).organisation) throw unknownStream(stream)
      const { revision } = request.query
      const { found, meta } = await deps.read(request, 'event_index', async (db, known) => {
        const until = known && ((await revisionAt(db, stream, known.ordinal)) ?? -1)
        const step = await stateAt(deps.sourceFor(request), stream, least(revision, until))
        return step && { step, linked: await linkedTo(db, [step]) }
      })
      if (found === undefined) throw unknownStream(stream)
      answeredRows(request, 1)
      const { step, linked } = found
      if (revision !== undefined && step.event.revision < revision) {
        throw new ApiError('REVISION_UNKNOWN', { stream, revision, last: step.event.revision })
      }
      const state = step.after as Record<string, unknown>
      return {
        success: true as const,
        data: { stream, category, state, ...stepView(changeOf(step), linked) },
        meta,
      }
    },
  )
}

function addHistory(app: App, deps: HistoryDeps): void {
  app.get(
    '/api/streams/:stream/history',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'What happened to an aggregate, event by event, and what each changed',
        params: streamParams,
        querystring: z.strictObject(listFields(deps.limits)),
        response: { 200: answer(z.array(stepOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { stream } = request.params
      const { limit, cursor } = request.query
      const own = parseStreamName(stream)?.organisation === callerOf(request).organisation
      const after = cursor === undefined ? -1 : Number(decodeCursor(cursor, ['number'])[0])
      const { found, meta } = await deps.read(request, 'event_index', async (db) => {
        const steps = own ? await stepsAfter(deps.sourceFor(request), stream, after, limit + 1) : []
        return { steps, linked: await linkedTo(db, steps) }
      })
      if (found.steps.length === 0 && cursor === undefined) throw unknownStream(stream)
      const page = pageOf(found.steps, limit, ({ event }) => [String(event.revision)])
      answeredRows(request, page.items.length)
      return listAnswer(request, reply, { found: page, meta }, limit, (step) =>
        stepView(step, found.linked),
      )
    },
  )
}

export function unknownStream(stream: string): Rejection {
  return new Rejection('STREAM_UNKNOWN', { stream })
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

async function stepsAfter(
  source: HistorySource,
  stream: string,
  after: number,
  count: number,
): Promise<readonly HistoryChange[]> {
  const steps: HistoryChange[] = []
  for await (const step of historyOf(source, stream)) {
    if (step.event.revision > after) steps.push(changeOf(step))
    if (steps.length === count) break
  }
  return steps
}

/** By id, of each step its own event, whose ordinal the index knows, and the one that it reacts to. */
export async function linkedTo(
  db: ReadonlyKysely<ReadModels>,
  steps: readonly Pick<HistoryChange, 'event'>[],
): Promise<Linked> {
  const ids = steps.flatMap(({ event }) => [event.id, event.metadata.$causationId ?? []].flat())
  return new Map((await findEvents(db, ids)).map((event) => [event.event_id, event]))
}

type Linked = ReadonlyMap<string, IndexedEvent>

export function stepView(
  { event, changes }: HistoryChange,
  linked: Linked,
): z.output<typeof stepOut> {
  const { id, type, revision, data, metadata } = event
  const indexed = linked.get(id)
  return {
    revision,
    event: {
      id,
      type,
      ordinal: indexed?.organisation_ordinal ?? null,
      recordedAt: metadata.recordedAt,
      occurredOn: metadata.occurredOn ?? null,
      data,
      href: `/api/events/${id}`,
    },
    changes: [...changes],
    cause: causeView(metadata, linked),
  }
}

function causeView(metadata: EventMetadata, linked: Linked) {
  const cause = linked.get(metadata.$causationId ?? '')
  return {
    actor: metadata.actor,
    commandId: metadata.commandId,
    correlationId: metadata.$correlationId,
    event:
      cause === undefined
        ? null
        : {
            id: cause.event_id,
            type: cause.type,
            stream: cause.stream,
            revision: cause.revision,
            ordinal: cause.organisation_ordinal,
            href: `/api/events/${cause.event_id}`,
          },
  }
}
