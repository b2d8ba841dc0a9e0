import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { parseStreamName } from '#log/stream-name.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { wholeNumberIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { linkHeader } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { answeredRows } from '../access/on-record.ts'
import { eventOut, eventViews } from './event-view.ts'
import { LARGE_EVENTS } from './fitting-events.ts'
import { readStreamPage, revisionOf } from './stream-page.ts'

export interface StreamReadDeps {
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const STREAM_NAME = /^[a-z][A-Za-z0-9]*-[\x21-\x7e]{1,200}$/

/** One stream as the log itself has it: nothing in between, nothing to wait for. */
export function addStreamReads(app: App, { sourceFor, limits }: StreamReadDeps): void {
  app.get(
    '/api/streams/:stream',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'The events of one stream, from the log itself',
        description: LARGE_EVENTS,
        params: z.strictObject({ stream: z.string().min(1).max(300) }),
        querystring: z.strictObject({
          direction: z.enum(['forwards', 'backwards']).default('forwards'),
          limit: wholeNumberIn(1, limits.pageSizeMax).default(limits.pageSize),
          cursor: z.string().min(1).max(2000).optional(),
        }),
        response: {
          200: answer(
            z.array(eventOut),
            z.strictObject({ limit: z.int(), nextCursor: z.string().nullable() }),
          ),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { stream } = request.params
      const { direction, limit, cursor } = request.query
      const own = parseStreamName(stream)?.organisation === callerOf(request).organisation
      const { log, codec } = sourceFor(request)
      const asked = { direction, limit, from: revisionOf(cursor) }
      if (!own || !STREAM_NAME.test(stream)) throw new Rejection('STREAM_UNKNOWN', { stream })
      const { items, next } = await readStreamPage(log, stream, asked)
      if (items.length === 0) throw new Rejection('STREAM_UNKNOWN', { stream })
      const data = [...(await eventViews(codec, items, () => null))]
      answeredRows(request, data.length)
      reply.header('link', linkHeader(request, next))
      if (direction === 'backwards' && cursor === undefined) {
        reply.header('etag', etagOf(items[0]?.revision ?? -1))
      }
      return { success: true as const, data, meta: { limit, nextCursor: next ?? null } }
    },
  )
}
