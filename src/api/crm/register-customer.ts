import { z } from 'zod'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { type OperationDeps, organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import type { Asked } from '../command-order.ts'
import type { RunCommand } from '../command-requests.ts'
import { done, problems } from '../envelope.ts'
import { dayIn } from '../fields.ts'
import { amountIn, moneyOf } from '../money.ts'
import { may } from '../permissions.ts'
import { shownExample } from '../shown-example.ts'
import { customerRegisteredOut, customerRegisteredView } from './customer-answers.ts'
import { customerFields, statusOfCustomer } from './customer-body.ts'

export interface CustomerCommandDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
}

const body = z.strictObject({
  ...z.strictObject(customerFields).partial().shape,
  name: customerFields.name,
  number: z.string().min(1).max(64).optional().describe('Unique within the organisation.'),
  status: statusOfCustomer.optional().describe('A lead when absent.'),
  budget: amountIn.optional(),
  occurredOn: dayIn.optional().describe('Today in the organisation’s zone when absent.'),
})

/** A number is one customer's. */
function touches(asked: Asked): readonly string[] {
  const { number } = asked.body as z.output<typeof body>
  return number === undefined ? [] : [`customer-number:${number}`]
}

export function addRegisterCustomer(app: App, { operations, run }: CustomerCommandDeps): void {
  app.post(
    '/api/crm/customers',
    {
      ...may('write', { touches }),
      schema: {
        tags: ['customers'],
        summary: 'Register a customer',
        body: body.meta(shownExample({ name: 'Amina Haddad', email: 'amina@example.com' })),
        response: { 201: done(customerRegisteredOut), ...problems },
      },
    },
    async (request, reply) => {
      const { budget, ...given } = request.body
      const outcome = await run(request, reply, async (context) => {
        const { settings } = await organisationFacts(operations, context)
        const currency = budget?.currency ?? settings.baseCurrency
        const input = { ...given, budget: budget && moneyOf(budget, currency, 'budget') }
        return registerCustomer(operations, input, context)
      })
      const data = customerRegisteredView(outcome.events)
      return createdAnswer(reply, outcome, ['/api/crm/customers', data.id], data)
    },
  )
}
