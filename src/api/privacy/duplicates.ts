import { z } from 'zod'
import type { Limits } from '#config'
import {
  SHOWN_OF_EACH,
  type SharedContact,
  sharedContacts,
} from '#projections/crm/contact-queries.ts'
import type { App } from '../app-type.ts'
import { answer, problems } from '../envelope.ts'
import { listFields } from '../fields.ts'
import { may } from '../permissions.ts'
import { listAnswer, listMeta, type Read } from '../reads.ts'

export interface DuplicateDeps {
  readonly read: Read
  readonly limits: Limits
}

const duplicateOut = z
  .strictObject({
    contact: z.enum(['phone', 'email']),
    customers: z.int(),
    customerIds: z.array(z.string()).describe(`The first ${SHOWN_OF_EACH} of them.`),
  })
  .meta({ id: 'Duplicate' })

/** Customers who may be one person: they have the same number or address, which nobody reads for it. */
export function addDuplicates(app: App, { read, limits }: DuplicateDeps): void {
  app.get(
    '/api/privacy/duplicates',
    {
      ...may('read'),
      schema: {
        tags: ['privacy'],
        summary: 'Customers with the same telephone number or e-mail address',
        querystring: z.strictObject(listFields(limits)),
        response: { 200: answer(z.array(duplicateOut), listMeta), ...problems },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const page = await read(request, 'crm_contacts', (db) =>
        sharedContacts(db, { limit, cursor }),
      )
      return listAnswer(request, reply, page, limit, duplicateView)
    },
  )
}

function duplicateView(shared: SharedContact): z.output<typeof duplicateOut> {
  const { kind, customers, customer_ids } = shared
  return { contact: kind, customers, customerIds: [...customer_ids] }
}
