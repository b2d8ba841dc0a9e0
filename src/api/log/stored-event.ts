import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Rejection } from '#domain/rejection.ts'
import type { EventStore } from '#log/event-store.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, type Read, readMeta } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { answeredRows } from '../access/on-record.ts'
import { eventOut, eventsOfIndex } from './event-view.ts'
import { findEventOrAccess } from './read-events.ts'

export interface StoredEventDeps {
  readonly sourceFor: SourceFor
  readonly log: Pick<EventStore, 'readBytes' | 'kind'>
  readonly read: Read
}

const bytesOut = z
  .strictObject({
    bytes: z.int(),
    sha256: z.string().describe('In hexadecimal.'),
    base64: z.string(),
    text: z.string().nullable().describe('The same as text; null when it is not UTF-8.'),
  })
  .meta({ id: 'StoredBytes' })

/** One event as the store holds it, byte for byte, beside what is read from it. */
export function addStoredEvent(app: App, { log, sourceFor, read }: StoredEventDeps): void {
  app.get(
    '/api/events/:id/stored',
    {
      ...may('readLog'),
      schema: {
        tags: ['events'],
        summary: 'The bytes that the store holds of an event, personal fields encrypted',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject(freshnessQuery),
        response: {
          200: answer(
            z.strictObject({
              store: z.enum(['postgres', 'eventstoredb']),
              data: bytesOut,
              metadata: bytesOut,
              event: eventOut,
            }),
            readMeta,
          ),
          ...problems,
        },
      },
    },
    async (request) => {
      const { id } = request.params
      const { found, meta } = await findEventOrAccess(read, request, id)
      const source = sourceFor(request)
      const [event] = found === undefined ? [] : await eventsOfIndex(source, [found])
      const stored = found && (await log.readBytes(found))
      if (event === undefined || stored === undefined) {
        throw new Rejection('EVENT_UNKNOWN', { eventId: id })
      }
      answeredRows(request, 1)
      const [data, metadata] = [bytesView(stored.data), bytesView(stored.metadata)]
      return { success: true as const, data: { store: log.kind, data, metadata, event }, meta }
    },
  )
}

function bytesView(bytes: Uint8Array): z.output<typeof bytesOut> {
  return {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    base64: Buffer.from(bytes).toString('base64'),
    text: textOf(bytes),
  }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
