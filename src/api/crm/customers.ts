import { z } from 'zod'
import type { Limits } from '#config'
import { Rejection } from '#domain/rejection.ts'
import { findCustomer, listCustomers } from '#projections/crm/customer-queries.ts'
import { type CustomerRow, RESTRICTED } from '#projections/crm/customers.ts'
import { findCustomerAsOf } from '#projections/crm/past-customers.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { idIn, listFields } from '../fields.ts'
import { knownAtQuery } from '../known-at.ts'
import { may } from '../permissions.ts'
import { personalQuery } from '../personal-queries.ts'
import { freshnessQuery, listAnswer, listMeta, readMeta } from '../reads.ts'
import { oneWithoutRestricted, seesRestricted } from '../privacy/restricted.ts'
import { etagOf } from '../revisions.ts'
import type { SourceFor } from '../sight.ts'
import { customerFields, statusOfCustomer } from './customer-body.ts'
import { customerOut, customerView } from './customer-view.ts'
import { type ContactDeps, customersFound } from './find-by-contact.ts'

export interface CustomerReadDeps extends ContactDeps {
  readonly sourceFor: SourceFor
  readonly limits: Limits
}

/** The customers of the organisation: the list and one of them. */
export function addCustomerReads(app: App, deps: CustomerReadDeps): void {
  const { read, limits, sourceFor } = deps
  const filters = {
    search: personalQuery(z.string().max(200))
      .optional()
      .describe('Words of name, number, e-mail or telephone.'),
    phone: personalQuery(customerFields.phone)
      .optional()
      .describe('Just this number, however it is written; compared as a keyed hash.'),
    email: personalQuery(customerFields.email)
      .optional()
      .describe('Just this address; as a keyed hash.'),
    status: statusOfCustomer.optional(),
    agent: idIn.optional(),
    number: z.string().max(64).optional(),
    country: z.string().max(100).optional(),
    order: personalQuery(z.enum(['newest', 'name']), ['name']).optional(),
  }
  app.get(
    '/api/crm/customers',
    {
      ...may('read'),
      schema: {
        tags: ['customers'],
        summary: 'Customers, newest first or by name',
        querystring: z.strictObject({ ...filters, ...listFields(limits) }),
        response: { 200: answer(z.array(customerOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor, min_position: _, phone, email, ...filter } = request.query
      const ids = await customersFound(deps, request, { phone, email })
      const page = await read(request, 'crm_customers', (db) =>
        listCustomers(db, { ...filter, ids }, { limit, cursor }),
      )
      const seesAll = seesRestricted(request)
      return listAnswer(request, reply, page, limit, (row) => customerView(row, seesAll))
    },
  )
  app.get(
    '/api/crm/customers/:id',
    {
      ...may('read'),
      schema: {
        tags: ['customers'],
        summary: 'One customer',
        params: z.strictObject({ id: idIn }),
        querystring: z.strictObject({ ...knownAtQuery, ...freshnessQuery }),
        response: { 200: answer(customerOut, readMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { found, meta } = await read(request, 'crm_customers', async (db, known) => {
        if (known === undefined) return findCustomer(db, id)
        const then = await findCustomerAsOf(sourceFor(request), db, id, known.ordinal)
        return oneWithoutRestricted(request, db, then, hidden)
      })
      if (found === undefined) throw new Rejection('CUSTOMER_UNKNOWN', { customerId: id })
      reply.header('etag', etagOf(found.revision))
      return { success: true as const, data: customerView(found, seesRestricted(request)), meta }
    },
  )
}

/** Who was open then and is restricted now. */
function hidden(row: CustomerRow): CustomerRow {
  return { ...row, name: RESTRICTED, phone: null, email: null, note: null }
}
