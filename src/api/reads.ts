import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Place, ProjectionEngine, Reached } from '#projections/engine/projection-engine.ts'
import type { Page } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { callerOf } from './authentication.ts'
import { pathOf } from './command-requests.ts'
import { ApiError } from './errors.ts'

/** How current an answer is: every answer from a read model says it. */
export const freshness = {
  /** The ordinal of the log's last event that this answer knows. */
  ordinal: z.int(),
  /** Its position: what `min_position` was compared with. */
  position: z.string().nullable(),
  /** True when `min_position` was not reached before the deadline, or nothing was folded yet of a log that holds something. */
  stale: z.boolean(),
}
export const readMeta = z.strictObject(freshness)
export const listMeta = z.strictObject({
  ...freshness,
  limit: z.int(),
  nextCursor: z.string().nullable(),
})

/** What every query of a read model may ask for. */
export const freshnessQuery = {
  min_position: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Wait until the answer knows this `Daybook-Position`; at the deadline it is `stale`.',
    ),
}

export type Query<T> = (db: ReadonlyKysely<ReadModels>) => Promise<T>

export interface ReadDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor' | 'reached'>
  readonly log: Pick<EventStore, 'kind' | 'head'>
  readonly waitDeadlineMs: number
}

/** Queries one projection for the caller's organisation, as current as `min_position` asks. */
export type Read = <T>(
  request: FastifyRequest<{ Querystring: { min_position?: string | undefined } }>,
  projection: string,
  query: Query<T>,
) => Promise<{ readonly found: T; readonly meta: z.output<typeof readMeta> }>

export function reader({ database, engine, log, waitDeadlineMs }: ReadDeps): Read {
  return async (request, projection, query) => {
    const asked = request.query.min_position
    // Where the tables are is asked first: they can only have moved on by the time they are read.
    const place: Place | Reached =
      asked === undefined
        ? await engine.reached(projection)
        : await engine.waitFor(projection, positionOf(asked, log.kind), waitDeadlineMs)
    const found = await database
      .query(callerOf(request).organisation, query)
      .catch((error: unknown) => {
        throw hasNoTables(error) ? new ApiError('READ_MODEL_MISSING', { projection }) : error
      })
    const stale = 'reached' in place ? !place.reached : await isUnfilled(place, log)
    return { found, meta: { ordinal: place.ordinal, position: place.position ?? null, stale } }
  }
}

/** Tables that are being built for the first time are empty, which is not what the log says. */
async function isUnfilled({ position }: Place, log: ReadDeps['log']): Promise<boolean> {
  return position === undefined && (await log.head()) !== undefined
}

/** A read model whose first build is not done has no tables, or no schema. */
function hasNoTables(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(42P01|3F000)$/.test(String(error.code))
}

/** The envelope of a list, with the Link header of its next page. */
export function listAnswer<Item, Out>(
  request: FastifyRequest,
  reply: FastifyReply,
  { found, meta }: { readonly found: Page<Item>; readonly meta: z.output<typeof readMeta> },
  limit: number,
  view: (item: Item) => Out,
) {
  reply.header('link', linkHeader(request, found.next))
  return {
    success: true as const,
    data: found.items.map(view),
    meta: { ...meta, limit, nextCursor: found.next ?? null },
  }
}

/** RFC 8288: where the list begins, and where it goes on. */
export function linkHeader(request: FastifyRequest, next: string | undefined): string {
  const first = `<${linkTo(request, undefined)}>; rel="first"`
  return next === undefined ? first : `${first}, <${linkTo(request, next)}>; rel="next"`
}

function linkTo(request: FastifyRequest, cursor: string | undefined): string {
  const query = new URLSearchParams(request.url.split('?', 2)[1])
  query.delete('cursor')
  if (cursor !== undefined) query.set('cursor', cursor)
  const text = query.toString()
  return text === '' ? pathOf(request) : `${pathOf(request)}?${text}`
}

const shapes: Readonly<Record<EventStore['kind'], RegExp>> = {
  postgres: /^\d{1,18}$/,
  eventstoredb: /^\d{1,19}:\d{1,19}$/,
}

/** Only the store knows what a position means, but nothing that cannot be one may reach it. */
function positionOf(text: string, kind: EventStore['kind']): Position {
  if (!shapes[kind].test(text)) throw new ApiError('POSITION_INVALID')
  return text as Position
}
