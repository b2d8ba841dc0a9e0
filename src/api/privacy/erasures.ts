import { z } from 'zod'
import type { Limits } from '#config'
import { retainedKinds } from '#domain/crm/retention.ts'
import { erasureReason } from '#domain/crm/customer/erasure-events.ts'
import { Rejection } from '#domain/rejection.ts'
import { type Erasure, findErasure, listErasures } from '#projections/privacy/privacy-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { EXPORTS, findReceivers, receiverOut } from './receivers.ts'

export interface ErasureReadDeps {
  readonly read: Read
  readonly limits: Limits
  readonly sourceFor: SourceFor
}

export const stages = z.enum(['requested', 'rejected', 'approved', 'restricted', 'erased'])

const fields = {
  id: z.string().describe('Of the customer.'),
  linked: z
    .array(z.string())
    .describe('Other customers who are this person: it was asked for them too.'),
  stage: stages.describe(
    'approved: being carried out. restricted: what has to be kept is shown to few, and goes by itself.',
  ),
  reason: erasureReason,
  needsApproval: z.boolean(),
  requestedBy: z.string(),
  requestedAt: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  rejection: z.string().nullable(),
  until: z.string().nullable().describe('The last day of the term; erased on the day after.'),
  because: z
    .array(
      z.strictObject({
        kind: z.enum(retainedKinds),
        documents: z.int(),
        latest: z.string().describe('The day of their last entry.'),
        years: z.int(),
        until: z.string(),
      }),
    )
    .describe('What has to be kept.'),
  legalHold: z.boolean().describe('While one stands, nothing is erased.'),
  restrictedAt: z.string().nullable(),
  erasedAt: z.string().nullable(),
  revision: z.int(),
}
const erasureOut = z.strictObject(fields).meta({ id: 'Erasure' })

function erasureView(row: Erasure): z.output<typeof erasureOut> {
  return {
    id: row.customer_id,
    linked: [...row.linked],
    stage: row.stage,
    reason: row.reason,
    needsApproval: row.needs_approval,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    decidedBy: row.decided_by,
    decidedAt: row.decided_at,
    rejection: row.rejection,
    until: row.until,
    because: [...row.because],
    legalHold: row.is_held,
    restrictedAt: row.restricted_at,
    erasedAt: row.erased_at,
    revision: row.revision,
  }
}

/** Who is to be erased, and how far that is. */
export function addErasureReads(app: App, deps: ErasureReadDeps): void {
  addList(app, deps)
  addOne(app, deps)
  addReceivers(app, deps)
}

function addList(app: App, { read, limits }: ErasureReadDeps): void {
  app.get(
    '/api/privacy/erasures',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary: 'Erasures that were asked for, the latest first',
        querystring: z.strictObject({ stage: stages.optional(), ...listFields(limits) }),
        response: { 200: answer(z.array(erasureOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, stage } = request.query
      const page = await read(request, 'privacy', (db) =>
        listErasures(db, { stage }, { limit, cursor }),
      )
      return listAnswer(request, reply, page, limit, erasureView)
    },
  )
}

function addOne(app: App, { read }: ErasureReadDeps): void {
  app.get(
    '/api/privacy/erasures/:id',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary: 'How far the erasure of a customer is',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject(freshnessQuery),
        response: { 200: answer(erasureOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'privacy', (db) => findErasure(db, id))
      if (found === undefined) throw new Rejection('ERASURE_UNKNOWN', { customerId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: erasureView(found), meta }
    },
  )
}

function addReceivers(app: App, { read, sourceFor }: ErasureReadDeps): void {
  app.get(
    '/api/privacy/erasures/:id/receivers',
    {
      ...may('erase'),
      schema: {
        tags: ['privacy'],
        summary: 'Exports that held what was about the person, the latest first',
        description: `For information: what left the organisation nobody can erase there. The latest ${EXPORTS} exports are gone through.`,
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject(freshnessQuery),
        response: { 200: answer(z.array(receiverOut), readMeta), ...problems },
      },
    },
    async (request) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'privacy', async (db) => {
        const erasure = await findErasure(db, id)
        if (erasure === undefined) return undefined
        const references = [{ kind: 'customer', id }] as const
        const person = { customers: [id], references, to: erasure.erased_at }
        return findReceivers(sourceFor(request), db, person)
      })
      if (found === undefined) throw new Rejection('ERASURE_UNKNOWN', { customerId: id })
      return { success: true as const, data: [...found], meta }
    },
  )
}
