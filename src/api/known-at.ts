import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { eventIndex } from '#projections/log/event-index.ts'
import { knownOrdinal } from '#projections/known-ordinal.ts'
import { placeKnownAt } from '#projections/log/event-queries.ts'
import { queryError } from './errors.ts'
import { instantOf } from './fields.ts'
import { fieldIssue } from './validation.ts'

/**
 * `known_at`: the organisation's ordinal, or an instant, which means the last ordinal recorded until
 * then. accounting.md, section 1.
 */
export const knownAtIn = z
  .string()
  .transform((text, context): string => {
    const known = /^\d{1,15}$/.test(text) ? text : instantOf(text)
    if (known !== undefined) return known
    context.addIssue(fieldIssue('KNOWN_AT_INVALID'))
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['1042', '2026-11-21T09:30:00Z'] })

/** For a query that can be answered as it would have been then. */
export const knownAtQuery = {
  known_at: knownAtIn
    .optional()
    .describe(
      'As it was known at this ordinal of the organisation, or at this instant. Of the last seconds something may still be on its way into the log (at most as long as a command may take): an ordinal always means the same.',
    ),
}

/** What `known_at` means in the log. */
export interface KnownAt {
  /** The organisation's; 0 before its first event. */
  readonly ordinal: string
  /** UTC instant: the one that was asked for, or that at which the ordinal's event was recorded. */
  readonly instant: string
  /** Of that event; undefined at 0, and where the projection's tables know the ordinal already. */
  readonly position: Position | undefined
  /**
   * True when the index had not come so far before the deadline, or the log did not say how far that is:
   * the answer then knows less.
   */
  readonly stale: boolean
}

export interface KnownAtDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor'>
  readonly log: Pick<EventStore, 'head' | 'readMany'>
  /** UTC instant. */
  readonly clock: () => string
}

/** Of whom `known_at` is asked, and of which projection. */
export interface AskedKnownAt {
  readonly organisation: string
  readonly projection: string
  readonly asked: string
  readonly deadlineMs: number
}

/**
 * Finds the place in the log that is meant; what the index does not know yet is waited for. The log itself
 * is asked only for what index and tables do not say, so that the past can be read while it is away.
 *
 * @throws ApiError KNOWN_AT_AFTER_HEAD: nobody knows yet what will be known then.
 */
export async function findKnownAt(
  { database, engine, log, clock }: KnownAtDeps,
  { organisation, projection, asked, deadlineMs }: AskedKnownAt,
): Promise<KnownAt> {
  const find = () =>
    database.query(organisation, async (db) => {
      const [place, made] = await Promise.all([
        placeKnownAt(db, asked),
        knownOrdinal(db, projection),
      ])
      return { ...place, made }
    })
  const isInstant = asked.includes('T')
  const isAfter = ({ head }: { readonly head: string }): boolean =>
    isInstant ? asked > clock() : BigInt(asked) > BigInt(head)
  const first = await find()
  // Up to an instant there may be what the index has not seen, unless it has seen what came later.
  const isSettled = isInstant ? BigInt(first.ordinal) < BigInt(first.head) : !isAfter(first)
  const end = isSettled ? { head: undefined } : await headSoon(log)
  const { reached } =
    end?.head === undefined
      ? { reached: end !== undefined }
      : await engine.waitFor(eventIndex.name, end.head, deadlineMs)
  const found = end?.head === undefined ? first : await find()
  if (isAfter(found) && (reached || isInstant)) {
    throw queryError('KNOWN_AT_AFTER_HEAD', 'known_at', { known_at: asked, head: found.head })
  }
  const { ordinal, event, recordedAt, made } = found
  const isMade = event === undefined || BigInt(made) >= BigInt(ordinal)
  // Asked of the log: an index that holds positions would be another one after the log was moved.
  const [known] = isMade ? [] : await log.readMany([event])
  return {
    ordinal,
    instant: isInstant ? asked : (recordedAt ?? BEGINNING),
    position: known?.position,
    stale: !reached,
  }
}

const BEGINNING = '1970-01-01T00:00:00.000Z'

/**
 * Refuses `known_at` on every route that does not declare it: it would be answered with today's
 * figures. To be called before routes are added.
 */
export function refuseUnhonouredKnownAt(app: FastifyInstance): void {
  const honouring = new Set<string>()
  app.addHook('onRoute', ({ method, url, schema }) => {
    const shape = shapeOf(schema?.querystring)
    if (method === 'GET' && shape !== undefined && 'known_at' in shape) honouring.add(url)
  })
  app.addHook('preValidation', async ({ is404, method, query, routeOptions }) => {
    if (is404 || (method !== 'GET' && method !== 'HEAD')) return
    if (typeof query !== 'object' || query === null || !('known_at' in query)) return
    if (honouring.has(routeOptions.url ?? '')) return
    const reads = [...honouring].toSorted().join(', ')
    throw queryError('KNOWN_AT_NOT_HONOURED', 'known_at', { reads })
  })
}

function shapeOf(schema: unknown): object | undefined {
  return schema instanceof z.ZodObject ? schema.shape : undefined
}
