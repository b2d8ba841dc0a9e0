import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ReadonlyKysely } from 'kysely/readonly'
import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import type { Place, ProjectionEngine, Reached } from '#projections/engine/projection-engine.ts'
import { knownOrdinal } from '#projections/known-ordinal.ts'
import type { Page } from '#projections/page.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { callerOf } from './authentication.ts'
import { pathOf } from './command-requests.ts'
import { ApiError, queryError } from './errors.ts'
import { findKnownAt, type KnownAt, type KnownAtDeps } from './known-at.ts'
import { askedAsSeen, throughMasks } from './sight.ts'

/** How current an answer is: every answer from a read model says it. */
export const freshness = {
  ordinal: z
    .int()
    .describe(
      'Of the last event of the whole log that this answer knows, counted over all organisations: not what `known_at` takes.',
    ),
  /** Its position: what `min_position` was compared with. */
  position: z.string().nullable(),
  /** True when `min_position` was not reached before the deadline, or nothing was folded yet of a log that holds something. */
  stale: z.boolean(),
  knownAt: z
    .string()
    .describe(
      'Of the last event of the organisation that this answer knows: given as `known_at`, it finds the same again. Where `known_at` was asked, what that meant, or less when the answer is `stale`.',
    ),
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

/** `known` is what `known_at` means, where it was asked: routes that declare it answer as of then. */
export type Query<T> = (db: ReadonlyKysely<ReadModels>, known: KnownAt | undefined) => Promise<T>

export interface ReadDeps extends KnownAtDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor' | 'reached' | 'versions'>
  readonly log: Pick<EventStore, 'kind' | 'head' | 'comparePositions' | 'readMany'>
  readonly waitDeadlineMs: number
}

/** What a request may ask of any read. */
export interface ReadQuery {
  readonly min_position?: string | undefined
  readonly known_at?: string | undefined
}

export interface ReadOptions {
  /** True for what folds rows again beside those that stand: both have to be of one version. */
  readonly isFolding?: boolean
  /** What is asked as `known_at`, where a route says it in another parameter. Default: that parameter. */
  readonly knownAt?: string | undefined
}

/**
 * Queries one projection for the caller's organisation, as current as `min_position` asks and as far
 * as `known_at` needs.
 */
export type Read = <T>(
  request: FastifyRequest<{ Querystring: ReadQuery }>,
  projection: string,
  query: Query<T>,
  options?: ReadOptions,
) => Promise<{ readonly found: T; readonly meta: z.output<typeof readMeta> }>

export function reader(deps: ReadDeps): Read {
  const { database, engine, log, waitDeadlineMs } = deps
  return async (request, projection, query, { isFolding = false, knownAt: otherwise } = {}) => {
    const { organisation } = callerOf(request)
    const { min_position: least, known_at: asked = otherwise } = request.query
    const end = performance.now() + waitDeadlineMs
    const known =
      asked === undefined
        ? undefined
        : await readable(
            () =>
              findKnownAt(deps, {
                organisation,
                projection,
                asked,
                deadlineMs: waitDeadlineMs,
              }),
            'event_index',
            engine,
          )
    const wanted = later(
      log,
      least === undefined ? undefined : positionOf(least, log.kind),
      known?.position,
    )
    // Where the tables are is asked first: they can only have moved on by the time they are read.
    const place: Place | Reached =
      wanted === undefined
        ? await engine.reached(projection)
        : await engine.waitFor(projection, wanted, Math.max(0, end - performance.now()))
    if (known !== undefined || isFolding) await refuseOtherFolds(projection, engine)
    // One transaction sees one moment: the ordinal is that of the rows.
    const ask = () =>
      database.query(organisation, (db) =>
        Promise.all([
          knownOrdinal(db, projection),
          askedAsSeen(request, (sight) => query(throughMasks(db, sight), known)),
        ]),
      )
    const [made, found] = await readable(ask, projection, engine)
    const behind = 'reached' in place ? !place.reached : await isUnfilled(place, log)
    const { position = null, ordinal } = place
    const knownAt = known === undefined ? made : lesserOrdinal(known.ordinal, made)
    const stale = behind || (known !== undefined && (known.stale || knownAt !== known.ordinal))
    return { found, meta: { ordinal, position, stale, knownAt } }
  }
}

/** Of two ordinals of an organisation. */
export function lesserOrdinal(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b
}

/** The further of two places, where there are any. */
function later(
  log: Pick<EventStore, 'comparePositions'>,
  a: Position | undefined,
  b: Position | undefined,
): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return log.comparePositions(a, b) < 0 ? b : a
}

/** Tables that are being built for the first time are empty, which is not what the log says. */
async function isUnfilled({ position }: Place, log: ReadDeps['log']): Promise<boolean> {
  if (position !== undefined) return false
  const end = await headSoon(log)
  return end === undefined || end.head !== undefined
}

type VersionsOf = Pick<ProjectionEngine, 'versions'>

/**
 * What was asked, of tables that can be read. A read model whose first build is not done has no tables,
 * or no schema. One of another version may lack what the queries of this program read: names of columns
 * have one meaning for ever, so whatever can be read is right. By now they may have been replaced.
 */
async function readable<T>(
  ask: () => Promise<T>,
  projection: string,
  engine: VersionsOf,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^(42P01|42703|3F000)$/.test(code)) throw error
    await refuseOtherFolds(projection, engine)
    return ask()
  }
}

/** What is folded by this program would contradict tables of another version beside it. */
async function refuseOtherFolds(projection: string, engine: VersionsOf): Promise<void> {
  const { tables, program } = await engine.versions(projection)
  if (tables === undefined) throw new ApiError('READ_MODEL_MISSING', { projection })
  if (tables === program) return
  const facts = { projection, version: tables, wanted: program }
  throw new ApiError('READ_MODEL_OF_OTHER_VERSION', facts)
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
  if (!shapes[kind].test(text)) throw queryError('POSITION_INVALID', 'min_position')
  return text as Position
}
