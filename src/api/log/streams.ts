import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import type { StoredEvent } from '#log/event-store.ts'
import { parseStreamName } from '#log/stream-name.ts'
import { decodeCursor, pageOf } from '#projections/page.ts'
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

export interface StreamReadDeps {
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const STREAM_NAME = /^[a-z][A-Za-z0-9]*-[\x21-\x7e]{1,200}$/

const MAX_REVISION = 2 ** 31 - 1

/** One stream as the log itself has it: nothing in between, nothing to wait for. */
export function addStreamReads(app: App, { sourceFor, limits }: StreamReadDeps): void {
  app.get(
    '/api/streams/:stream',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'The events of one stream, from the log itself',
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
      const from = cursor === undefined ? undefined : revisionOf(cursor)
      const wanted = { direction, maxCount: limit + 1, ...(from === undefined ? {} : { from }) }
      const found =
        own && STREAM_NAME.test(stream) ? await collect(log.readStream(stream, wanted)) : []
      if (found.length === 0) throw new Rejection('STREAM_UNKNOWN', { stream })
      const step = direction === 'forwards' ? 1 : -1
      const { items, next } = pageOf(found, limit, ({ revision }) => [String(revision + step)])
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

function revisionOf(cursor: string): number {
  const revision = Number(decodeCursor(cursor, ['number'])[0])
  if (revision >= 0 && revision <= MAX_REVISION) return revision
  throw new Rejection('CURSOR_INVALID', {}, 'cursor')
}

async function collect(
  pages: AsyncIterable<readonly StoredEvent[]>,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const page of pages) events.push(...page)
  return events
}
