import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { type BadDebt, findBadDebt, listBadDebts } from '#projections/finance/document-queries.ts'
import { findBadDebtAsOf } from '#projections/finance/past-documents.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { money, moneyOut } from '../money.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { nameless, oneWithoutRestricted, pageWithoutRestricted } from '../privacy/restricted.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { documentFilters } from './document-filters.ts'
import { sourceOut, sourceView } from './document-view.ts'

export interface BadDebtReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const badDebtOut = z
  .strictObject({
    id: z.string(),
    source: sourceOut,
    customerId: z.string().nullable().describe('Null: against the allowance for doubtful debts.'),
    customerName: z.string().nullable(),
    saleId: z.string().nullable(),
    writtenOff: moneyOut,
    reversed: moneyOut,
    recovered: moneyOut,
    reason: z.string().nullable(),
    occurredOn: z.string(),
    recordedAt: z.string(),
    revision: z.int(),
  })
  .meta({ id: 'BadDebt' })

function badDebtView(row: BadDebt): z.output<typeof badDebtOut> {
  return {
    id: row.bad_debt_id,
    source: sourceView(row.source, row.number),
    customerId: row.customer_id,
    customerName: row.customer_name,
    saleId: row.sale_id,
    writtenOff: money(row.written_off, row.currency),
    reversed: money(row.reversed, row.currency),
    recovered: money(row.recovered, row.currency),
    reason: row.reason,
    occurredOn: row.occurred_on,
    recordedAt: row.recorded_at,
    revision: row.revision,
  }
}

/** The debts that were given up, and what came of them. */
export function addBadDebtReads(app: App, { read, limits, sourceFor }: BadDebtReadDeps): void {
  app.get(
    '/api/finance/bad-debts',
    {
      ...may('read'),
      schema: {
        tags: ['bad debts'],
        summary: 'Bad debts, latest first',
        querystring: z.strictObject({ ...documentFilters, ...listFields(limits) }),
        response: { 200: answer(z.array(badDebtOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, ...filter } = request.query
      const page = await read(request, 'finance_sales', async (db) => {
        const found = await listBadDebts(db, filter, { limit, cursor })
        return pageWithoutRestricted(request, db, found, withoutTexts)
      })
      return listAnswer(request, reply, page, limit, badDebtView)
    },
  )
  app.get(
    '/api/finance/bad-debts/:id',
    {
      ...may('read'),
      schema: {
        tags: ['bad debts'],
        summary: 'One bad debt',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(badDebtOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'finance_sales', async (db, known) => {
        const debt =
          known === undefined
            ? await findBadDebt(db, id)
            : await findBadDebtAsOf(sourceFor(request), db, id, known.ordinal)
        return oneWithoutRestricted(request, db, debt, withoutTexts)
      })
      if (found === undefined) throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: badDebtView(found), meta }
    },
  )
}

/** What was written of a customer who is restricted. */
function withoutTexts(row: BadDebt): BadDebt {
  return { ...nameless(row), reason: null }
}
