import { z } from 'zod'
import { changeCustomerDetails } from '#commands/crm/change-customer-details.ts'
import { changeCustomerStatus } from '#commands/crm/change-customer-status.ts'
import { organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { doneAnswer } from '../command-answers.ts'
import { onlyOn } from '../command-order.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { amountIn, moneyOf } from '../money.ts'
import { may } from '../permissions.ts'
import { customerChangedOut, customerChangedView } from './customer-answers.ts'
import { customerFields, statusOfCustomer } from './customer-body.ts'
import type { CustomerCommandDeps } from './register-customer.ts'

const { name, agent, phone, email, source, country, note, paymentTermsDays } = customerFields
const details = z
  .strictObject({
    name: name.optional(),
    agent: agent.optional(),
    phone: phone.nullish(),
    email: email.nullish(),
    source: source.nullish(),
    country: country.nullish(),
    note: note.nullish(),
    paymentTermsDays: paymentTermsDays.nullish(),
    budget: amountIn.nullish(),
  })
  .describe('What is absent stays; null clears.')

const byId = z.strictObject({ id: idIn })
const response = { 200: done(customerChangedOut), ...problems }

/** Changes of a customer's details and status. */
export function addChangeCustomer(app: App, { operations, run }: CustomerCommandDeps): void {
  app.patch(
    '/api/crm/customers/:id',
    {
      ...may('write', onlyOn('customer')),
      schema: {
        tags: ['customers'],
        summary: 'Change details',
        params: byId,
        body: details,
        response,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { budget, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const { settings } = await organisationFacts(operations, context)
        const currency = budget?.currency ?? settings.baseCurrency
        const changed = budget && moneyOf(budget, currency, 'budget')
        const change = { ...given, customerId: id, budget: changed }
        return changeCustomerDetails(operations, change, context, options)
      })
      return doneAnswer(outcome, customerChangedView(id, outcome.events))
    },
  )
  app.put(
    '/api/crm/customers/:id/status',
    {
      ...may('write', onlyOn('customer')),
      schema: {
        tags: ['customers'],
        summary: 'Change the status',
        params: byId,
        body: z.strictObject({ status: statusOfCustomer }),
        response,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const change = { customerId: id, to: request.body.status }
      const outcome = await run(request, reply, (context, options) =>
        changeCustomerStatus(operations, change, context, options),
      )
      return doneAnswer(outcome, customerChangedView(id, outcome.events))
    },
  )
}
