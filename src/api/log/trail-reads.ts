import { z } from 'zod'
import type { AuditTrail, RefusalRow } from '#commands/audit-trail.ts'
import type { Limits } from '#config'
import type { KeyedHash } from '#log/key-ring.ts'
import { type Sight, shown } from '#log/sight.ts'
import { decodeCursor, pageOf } from '#projections/page.ts'
import { answeredRows } from '../access/on-record.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, instantIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { linkHeader } from '../reads.ts'
import { sightOf } from '../sight.ts'
import { refusedKeyHash } from '../trail.ts'

export interface TrailReadDeps {
  readonly auditTrail: Pick<AuditTrail, 'refusals'>
  readonly keyedHash: KeyedHash
  readonly limits: Limits
}

const entry = {
  id: z.string(),
  at: z.string(),
  lastAt: z.string().describe('Later than `at` where several are counted together.'),
  count: z.string().describe('1, or how many came when there were too many to keep each.'),
  actor: z.string().nullable(),
  role: z.string().nullable(),
  method: z.string(),
  route: z.string(),
  status: z.int(),
  requestId: z.string().nullable(),
}
const refusalOut = z
  .strictObject({
    ...entry,
    caller: z.enum(['known', 'unknown']).describe('`unknown`: nobody of any organisation.'),
    code: z.string(),
    commandId: z.string().nullable().describe('Of the events, should it be accepted later.'),
    facts: z.record(z.string(), z.unknown()).nullable(),
    fields: z
      .array(z.strictObject({ in: z.string(), pointer: z.string(), code: z.string() }))
      .nullable(),
  })
  .meta({ id: 'RefusedCommand' })

const meta = z.strictObject({ limit: z.int(), nextCursor: z.string().nullable() })

/** What is kept beside the log: refused commands and failed sign-ins. */
export function addTrailReads(app: App, deps: TrailReadDeps): void {
  const { min_position: _, ...page } = listFields(deps.limits)
  const search = {
    actor: idIn.optional(),
    route: z.string().min(1).max(200).optional().describe('`/api/wallets/:id/debits`'),
    from: instantIn.optional(),
    to: instantIn.optional(),
    ...page,
  }
  addRefusals(app, deps, search)
}

type Search = Omit<ReturnType<typeof listFields>, 'min_position'> & {
  readonly actor: z.ZodOptional<typeof idIn>
  readonly route: z.ZodOptional<z.ZodString>
  readonly from: z.ZodOptional<typeof instantIn>
  readonly to: z.ZodOptional<typeof instantIn>
}

function addRefusals(app: App, { auditTrail, keyedHash }: TrailReadDeps, search: Search): void {
  app.get(
    '/api/refusals',
    {
      ...may('audit'),
      schema: {
        tags: ['events'],
        summary: 'Commands that were refused and sign-ins that failed, the latest first',
        querystring: z.strictObject({
          code: z.string().max(64).optional(),
          command: idIn.optional(),
          key: z
            .string()
            .min(1)
            .max(255)
            .optional()
            .describe('An `Idempotency-Key`; it is kept as a keyed hash.'),
          ...search,
        }),
        response: { 200: answer(z.array(refusalOut), meta), ...problems },
      },
    },
    async (request, reply) => {
      const { organisation } = callerOf(request)
      const { limit, cursor, code, command, key, ...rest } = request.query
      const keyHash = key === undefined ? undefined : refusedKeyHash(keyedHash, organisation, key)
      const wanted = { ...rest, organisation, before: beforeOf(cursor), limit: limit + 1 }
      const rows = await auditTrail.refusals({ ...wanted, code, commandId: command, keyHash })
      const { items, next } = pageOf(rows, limit, ({ id }) => [id])
      answeredRows(request, items.length)
      reply.header('link', linkHeader(request, next))
      const data = items.map((row) => refusalView(row, sightOf(request)))
      return { success: true as const, data, meta: { limit, nextCursor: next ?? null } }
    },
  )
}

function beforeOf(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : decodeCursor(cursor, ['number'])[0]
}

function entryView(row: RefusalRow) {
  const { id, at, last_at, count, actor, role, method, route, status, request_id } = row
  return {
    id,
    at,
    lastAt: last_at,
    count,
    actor,
    role,
    method,
    route,
    status,
    requestId: request_id,
  }
}

function refusalView(row: RefusalRow, sight: Sight): z.output<typeof refusalOut> {
  return {
    ...entryView(row),
    caller: row.organisation === '' ? 'unknown' : 'known',
    code: row.code,
    commandId: row.command_id,
    facts: row.facts && Object.fromEntries(Object.entries(row.facts).map(seenFact(sight))),
    fields: row.fields === null ? null : [...row.fields],
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What was sent as an id that is none of ours may be a name or a telephone number. */
function seenFact(sight: Sight) {
  return ([name, value]: [string, unknown]): [string, unknown] => {
    const isOurs = !name.endsWith('Id') || UUID.test(String(value))
    return [name, isOurs ? value : shown(sight, undefined, value)]
  }
}
