import { z } from 'zod'
import type { Limits } from '#config'
import { type AccessKind, accessKinds } from '#domain/access/access-record.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { searchAccesses } from '#projections/access/access-queries.ts'
import { checkAccesses } from '#projections/log/completeness.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, instantIn, listFields } from '../fields.ts'
import { findingOut } from '../log/completeness.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import type { SourceFor } from '../sight.ts'
import { answeredRows } from './on-record.ts'

export interface AccessReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const accessOut = z
  .strictObject({
    id: z.string().describe('Of the event.'),
    kind: z.enum([...accessKinds, 'several']),
    at: z.string(),
    lastAt: z.string().describe('Later than `at` where several are counted together.'),
    count: z.string().describe('1, or how many came when there were too many to keep each.'),
    actor: z.string(),
    callerKind: z.string().nullable(),
    role: z.string().nullable(),
    sessionId: z.string().nullable(),
    method: z.string(),
    route: z.string(),
    status: z.int().nullable(),
    requestId: z.string().describe('The correlation of its event.'),
    asked: z
      .record(z.string(), z.string())
      .nullable()
      .describe('Parameters of path and query; `…` for what could be about a person.'),
    rows: z.string().nullable(),
    unmaskings: z
      .array(z.string())
      .describe(
        'Grants under which personal data was shown, or searched, that is masked otherwise; of an export, and of more than ten grants of single subjects, all that may be.',
      ),
    reason: z.string().nullable().describe('What `X-Reason` said.'),
    stream: z.string(),
    revision: z.int().describe('0, 1, 2 … in its stream, without a gap.'),
  })
  .meta({ id: 'Access' })

/** Who looked at what: events of the organisation's record of access, as the log has them. */
export function addAccesses(app: App, deps: AccessReadDeps): void {
  addAccessList(app, deps)
  addAccessCompleteness(app, deps.read)
}

function addAccessList(app: App, { read, sourceFor, limits }: AccessReadDeps): void {
  app.get(
    '/api/accesses',
    {
      ...may('audit'),
      schema: {
        tags: ['events'],
        summary:
          'Who read, exported or had something explained, when and what for; the latest first',
        querystring: z.strictObject({
          actor: idIn.optional(),
          kind: z.enum(accessKinds).optional(),
          route: z.string().min(1).max(200).optional().describe('`/api/events/:id`'),
          from: instantIn.optional(),
          to: instantIn.optional(),
          ...listFields(limits),
        }),
        response: { 200: answer(z.array(accessOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, ...filter } = request.query
      const { found, meta } = await read(request, 'accesses', (db) =>
        searchAccesses(db, filter, { limit, cursor }),
      )
      const { log, codec } = sourceFor(request)
      const events = await codec.decode(await log.readMany(found.items))
      answeredRows(request, events.length)
      const page = { found: { items: events, next: found.next }, meta }
      return listAnswer(request, reply, page, limit, accessView)
    },
  )
}

/** That nothing of the record is missing: it is counted by itself, and stands in no count of the books. */
function addAccessCompleteness(app: App, read: Read): void {
  app.get(
    '/api/accesses/completeness',
    {
      ...may('audit'),
      schema: {
        tags: ['events'],
        summary: 'Whether the record of access is all there: each month’s stream without a gap',
        querystring: z.strictObject(freshnessQuery),
        response: {
          200: answer(
            z.strictObject({
              complete: z.boolean(),
              streams: z.array(
                z.strictObject({
                  stream: z.string(),
                  events: z.string(),
                  last: z.int().describe('`events` less one when nothing is missing.'),
                }),
              ),
              findings: z.array(findingOut),
            }),
            readMeta,
          ),
          ...problems,
        },
      },
    },
    async (request) => {
      const { found, meta } = await read(request, 'accesses', checkAccesses)
      const { accesses: streams, findings } = found
      answeredRows(request, streams.length)
      const complete = findings.length === 0
      const data = { complete, streams: [...streams], findings: [...findings] }
      return { success: true as const, data, meta }
    },
  )
}

type Kind = AccessKind | 'several'

function accessView({ id, stream, revision, metadata, ...event }: RecordedEvent) {
  if (event.type !== 'RecordsAccessed') throw new Error(`${event.type} is no access`)
  const { data } = event
  const asked = data.asked?.map(({ name, value }) => [name, value] as const)
  return {
    id,
    kind: data.kind satisfies Kind,
    at: data.at,
    lastAt: data.lastAt,
    count: String(data.count),
    actor: metadata.actor,
    callerKind: data.callerKind ?? null,
    role: data.role ?? null,
    sessionId: data.sessionId ?? null,
    method: data.method,
    route: data.route,
    status: data.status ?? null,
    requestId: metadata.$correlationId,
    asked: asked === undefined ? null : Object.fromEntries(asked),
    rows: data.rows === undefined ? null : String(data.rows),
    unmaskings: [...(data.unmaskings ?? [])],
    reason: data.reason ?? null,
    stream,
    revision,
  }
}
