import { z } from 'zod'
import { aggregates } from '#domain/aggregates.ts'
import {
  changeOf,
  type HistoryChange,
  type HistorySource,
  historyOf,
} from '#log/aggregate-history.ts'
import { type ChangedField, changedFields } from '#log/changed-fields.ts'
import { parseStreamName } from '#log/stream-name.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { wholeNumberIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, readMeta } from '../reads.ts'
import { answeredRows } from '../access/on-record.ts'
import {
  type HistoryDeps,
  linkedTo,
  stepOut,
  stepView,
  streamParams,
  unknownStream,
} from './stream-history.ts'

const MAX_REVISION = 2 ** 31 - 1
/** Steps between two revisions that are shown; there is the history for more. */
const MAX_STEPS = 500

const differenceOut = z
  .strictObject({
    stream: z.string(),
    from: z.int().nullable().describe('Null: before the first event.'),
    to: z.int(),
    changes: z
      .array(
        z.strictObject({
          field: z.string().describe('JSON Pointer into the state.'),
          kind: z.enum(['added', 'changed', 'removed']),
          before: z.unknown().optional(),
          after: z.unknown().optional(),
        }),
      )
      .describe('All that differs between the two states, whatever happened between.'),
    steps: z.array(stepOut).describe('The events after `from` up to `to`, with what caused each.'),
    truncated: z.boolean().describe(`There are more than ${MAX_STEPS} steps: see the history.`),
  })
  .meta({ id: 'StreamDifference' })

/** What differs between an aggregate at two revisions, and the events that made the difference. */
export function addStreamDifference(app: App, deps: HistoryDeps): void {
  app.get(
    '/api/streams/:stream/difference',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'The state of an aggregate at two revisions, field by field',
        params: streamParams,
        querystring: z.strictObject({
          from: wholeNumberIn(0, MAX_REVISION)
            .optional()
            .describe('Absent: before the first event.'),
          to: wholeNumberIn(0, MAX_REVISION).optional().describe('Absent: the last event.'),
          ...freshnessQuery,
        }),
        response: { 200: answer(differenceOut, readMeta), ...problems },
      },
    },
    async (request) => {
      const { stream } = request.params
      const { organisation } = parseStreamName(stream) ?? {}
      if (organisation !== callerOf(request).organisation) throw unknownStream(stream)
      const { from = -1, to } = request.query
      const { found, meta } = await deps.read(request, 'event_index', async (db) => {
        const difference = await differenceOf(deps.sourceFor(request), stream, from, to)
        return { ...difference, linked: await linkedTo(db, difference.steps) }
      })
      answeredRows(request, found.steps.length)
      return {
        success: true as const,
        data: {
          stream,
          from: from === -1 ? null : from,
          to: found.last,
          changes: changedFields(found.before, found.after).map(changeView),
          steps: found.steps.map((step) => stepView(step, found.linked)),
          truncated: found.last - from > found.steps.length,
        },
        meta,
      }
    },
  )
}

interface Difference {
  readonly before: object
  readonly after: object
  readonly last: number
  readonly steps: readonly HistoryChange[]
}

/** @throws ApiError REVISION_UNKNOWN, Rejection STREAM_UNKNOWN */
async function differenceOf(
  source: HistorySource,
  stream: string,
  from: number,
  to: number | undefined,
): Promise<Difference> {
  if (to !== undefined && to < from) {
    throw new ApiError('REQUEST_INVALID', {}, [
      {
        in: 'query',
        pointer: '/to',
        code: 'NUMBER_TOO_SMALL',
        facts: { field: 'to', limit: from },
      },
    ])
  }
  const { initial = {} } = aggregates.get(parseStreamName(stream)?.category ?? '') ?? {}
  let found: Difference = { before: initial, after: initial, last: -1, steps: [] }
  const steps: HistoryChange[] = []
  for await (const step of historyOf(source, stream)) {
    const { revision } = step.event
    if (to !== undefined && revision > to) break
    const before = revision <= from ? step.after : found.before
    found = { before, after: step.after, last: revision, steps }
    if (revision > from && steps.length < MAX_STEPS) steps.push(changeOf(step))
  }
  const { last } = found
  if (last === -1) throw unknownStream(stream)
  const missing = [from, to ?? last].find((revision) => revision > last)
  if (missing === undefined) return found
  throw new ApiError('REVISION_UNKNOWN', { stream, revision: missing, last })
}

function changeView(change: ChangedField) {
  const kind = !('before' in change) ? 'added' : !('after' in change) ? 'removed' : 'changed'
  return { ...change, kind } as const
}
