import { z } from 'zod'
import { deleteCustomer } from '#commands/crm/delete-customer.ts'
import type { FindLinkedCustomers } from '#commands/privacy/documents-of-person.ts'
import { deletionReason } from '#domain/crm/customer.ts'
import type { KeyRing } from '#log/key-ring.ts'
import type { App } from '../app-type.ts'
import { doneAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import type { CustomerCommandDeps } from './register-customer.ts'

export interface DeleteCustomerDeps extends CustomerCommandDeps {
  readonly keyRing: Pick<KeyRing, 'destroy'>
  readonly findLinked: FindLinkedCustomers
}

const deleted = z.strictObject({ id: z.string(), reason: deletionReason })

/**
 * What is deleted nobody can bring back: it takes who may administer. In a bulk it waits for all before it,
 * and all after it wait for it, since it frees a number.
 */
export function addDeleteCustomer(app: App, deps: DeleteCustomerDeps): void {
  const { operations, keyRing, findLinked, run } = deps
  const deleting = { ...operations, keyRing, findLinked }
  app.delete(
    '/api/crm/customers/:id',
    {
      ...may('administer'),
      schema: {
        tags: ['customers'],
        summary: 'Delete a customer of whom nothing is in the books, for ever',
        params: z.strictObject({ id: idIn }),
        body: z.strictObject({ reason: deletionReason }),
        response: { 200: done(deleted.meta({ id: 'CustomerDeleted' })), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { reason } = request.body
      const outcome = await run(request, reply, (context, options) =>
        deleteCustomer(deleting, { customerId: id, reason }, context, options),
      )
      return doneAnswer(outcome, { id, reason })
    },
  )
}
