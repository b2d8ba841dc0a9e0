import { z } from 'zod'
import { Rejection } from '#domain/rejection.ts'
import { findCustomer } from '#projections/crm/customer-queries.ts'
import { findCustomerAsOf } from '#projections/crm/past-customers.ts'
import type { CustomerCreditRow } from '#projections/finance/customer-credit.ts'
import { customerCreditOf } from '#projections/finance/document-queries.ts'
import { customerCreditAsOf } from '#projections/finance/past-documents.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { money, moneyOut } from '../money.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { freshnessQuery, type Read, readMeta } from '../reads.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'

const creditOut = z.strictObject({
  received: moneyOut,
  reserved: moneyOut,
  allocated: moneyOut,
  refunded: moneyOut,
  available: moneyOut.describe('Below zero when a payment bounced after it was spent.'),
})

const customerCreditOut = z
  .strictObject({ customerId: z.string(), credits: z.array(creditOut) })
  .meta({ id: 'CustomerCredit' })

function creditView(row: CustomerCreditRow): z.output<typeof creditOut> {
  const amount = (minor: string) => money(minor, row.currency)
  return {
    received: amount(row.received),
    reserved: amount(row.reserved),
    allocated: amount(row.allocated),
    refunded: amount(row.refunded),
    available: amount(row.available),
  }
}

/** What is owed back to a customer, per currency. */
export function addCustomerCreditReads(
  app: App,
  { read, sourceFor }: { readonly read: Read; readonly sourceFor: SourceFor },
): void {
  app.get(
    '/api/finance/customer-credits/:customerId',
    {
      ...may('read'),
      schema: {
        tags: ['customer credit'],
        summary: 'The credit of a customer, per currency',
        params: z.strictObject({ customerId: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(customerCreditOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { customerId } = request.params
      const past = sourceFor(request)
      const { found, meta } = await read(request, 'finance_sales', async (db, known) =>
        known === undefined
          ? {
              customer: await findCustomer(db, customerId),
              credits: await customerCreditOf(db, customerId),
            }
          : {
              customer: await findCustomerAsOf(past, db, customerId, known.ordinal),
              credits: await customerCreditAsOf(past, db, customerId, known.ordinal),
            },
      )
      const { customer, credits } = found
      // Credit may be known a moment before the customer's own row is.
      if (customer === undefined && credits.length === 0) {
        throw new Rejection('CUSTOMER_UNKNOWN', { customerId })
      }
      const revision = credits.reduce((last, row) => Math.max(last, row.revision), -1)
      reply.header('etag', etagOf(revision))
      return {
        success: true as const,
        data: { customerId, credits: credits.map(creditView) },
        meta,
      }
    },
  )
}
