import { z } from 'zod'
import { liftLegalHold, placeLegalHold } from '#commands/privacy/legal-hold.ts'
import type { Limits } from '#config'
import type { LegalHoldRow } from '#projections/privacy/legal-hold.ts'
import { listLegalHolds } from '#projections/privacy/privacy-queries.ts'
import type { App } from '../app-type.ts'
import { doneAnswer } from '../command-answers.ts'
import { answer, done, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { listAnswer, listMeta, type Read } from '../reads.ts'
import { type ErasureCommandDeps, reasonIn } from './erasure-commands.ts'

export interface LegalHoldDeps extends ErasureCommandDeps {
  readonly read: Read
  readonly limits: Limits
}

const tags = ['privacy']
const byId = z.strictObject({ id: idIn.describe('Of the customer.') })
const only = z.strictObject({ id: z.string() }).meta({ id: 'LegalHoldChanged' })
const holdOut = z
  .strictObject({
    id: z.string().describe('Of the customer.'),
    placedBy: z.string(),
    placedAt: z.string(),
    reason: z.string().nullable(),
    revision: z.int(),
  })
  .meta({ id: 'LegalHold' })

function holdView(row: LegalHoldRow): z.output<typeof holdOut> {
  return {
    id: row.customer_id,
    placedBy: row.placed_by,
    placedAt: row.placed_at,
    reason: row.reason,
    revision: row.revision,
  }
}

/** One at a time on a customer; while it stands, nobody deletes or erases them, whatever terms end. */
export function addLegalHolds(app: App, deps: LegalHoldDeps): void {
  addList(app, deps)
  addPlacing(app, deps)
  addLifting(app, deps)
}

function addList(app: App, { read, limits }: LegalHoldDeps): void {
  app.get(
    '/api/privacy/holds',
    {
      ...may('erase'),
      schema: {
        tags,
        summary: 'Legal holds that stand, the latest first',
        querystring: z.strictObject(listFields(limits)),
        response: { 200: answer(z.array(holdOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const page = await read(request, 'privacy', (db) => listLegalHolds(db, { limit, cursor }))
      return listAnswer(request, reply, page, limit, holdView)
    },
  )
}

function addPlacing(app: App, { operations, run }: LegalHoldDeps): void {
  app.post(
    '/api/privacy/holds',
    {
      ...may('erase'),
      schema: {
        tags,
        summary: 'Place a legal hold on a customer',
        body: z.strictObject({ customerId: idIn, reason: reasonIn }),
        response: { 201: done(only), ...problems },
      },
    },
    async (request, reply) => {
      const outcome = await run(request, reply, (context, options) =>
        placeLegalHold(operations, request.body, context, options),
      )
      const { customerId: id } = request.body
      reply.code(201).header('location', '/api/privacy/holds')
      return doneAnswer(outcome, { id })
    },
  )
}

function addLifting(app: App, { operations, run, keyRing, findDocuments }: LegalHoldDeps): void {
  app.post(
    '/api/privacy/holds/:id/lift',
    {
      ...may('erase'),
      schema: {
        tags,
        summary: 'Lift it; an erasure that it suspended goes on',
        params: byId,
        body: z.strictObject({ reason: reasonIn }),
        response: { 200: done(only), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const hold = { customerId: id, reason: request.body.reason }
      const erasing = { ...operations, keyRing, findDocuments }
      const outcome = await run(request, reply, (context, options) =>
        liftLegalHold(erasing, hold, context, options),
      )
      return doneAnswer(outcome, { id })
    },
  )
}
