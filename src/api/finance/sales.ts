import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { findSaleAsOf } from '#projections/finance/past-documents.ts'
import {
  findSale,
  listSales,
  type Sale,
  type SaleDetail,
} from '#projections/finance/sale-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { booleanIn, currencyIn, dayIn, idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { personalQuery } from '../personal-queries.ts'
import { nameless, oneWithoutRestricted, pageWithoutRestricted } from '../privacy/restricted.ts'
import { freshnessQuery, listAnswer, listMeta, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { saleDetailOut, saleDetailView, saleOut, saleView } from './sale-view.ts'

export interface SaleReadDeps {
  readonly read: Read
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

const filters = {
  search: personalQuery(z.string().max(200))
    .optional()
    .describe('Words of number, place, property or customer.'),
  status: z.enum(['pending', 'completed', 'cancelled']).optional(),
  agent: idIn.optional(),
  customerId: idIn.optional(),
  currency: currencyIn.optional(),
  basis: z.enum(['principal', 'agent']).optional(),
  source: z.string().max(64).optional(),
  number: z.string().max(64).optional(),
  from: dayIn.optional(),
  to: dayIn.optional(),
  owing: booleanIn.optional().describe('true: something is owed; false: nothing is.'),
  due_before: dayIn.optional(),
}

/** The sales of the organisation: the list and one of them with its payments and credit notes. */
export function addSaleReads(app: App, { read, limits, sourceFor }: SaleReadDeps): void {
  app.get(
    '/api/finance/sales',
    {
      ...may('read'),
      schema: {
        tags: ['sales'],
        summary: 'Sales, latest first',
        querystring: z.strictObject({ ...filters, ...listFields(limits) }),
        response: { 200: answer(z.array(saleOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, due_before: dueBefore, ...filter } = request.query
      const page = await read(request, 'finance_sales', async (db) => {
        const found = await listSales(db, { ...filter, dueBefore }, { limit, cursor })
        return pageWithoutRestricted(request, db, found, withoutTexts)
      })
      return listAnswer(request, reply, page, limit, saleView)
    },
  )
  app.get(
    '/api/finance/sales/:id',
    {
      ...may('read'),
      schema: {
        tags: ['sales'],
        summary: 'One sale with its lines, payments and credit notes',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(saleDetailOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'finance_sales', async (db, known) => {
        const sale =
          known === undefined
            ? await findSale(db, id)
            : await findSaleAsOf(sourceFor(request), db, id, known.ordinal)
        return oneWithoutRestricted(request, db, sale, withoutAnyText)
      })
      if (found === undefined) throw new Rejection('SALE_UNKNOWN', { saleId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: saleDetailView(found), meta }
    },
  )
}

/** What was written of a customer who is restricted. */
function withoutTexts<Row extends Sale>(row: Row): Row {
  return { ...nameless(row), cancel_reason: null }
}

function withoutAnyText(row: SaleDetail): SaleDetail {
  const payments = row.payments.map((payment) => ({ ...payment, reference: null }))
  return { ...withoutTexts(row), payments }
}
