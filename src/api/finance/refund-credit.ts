import { z } from 'zod'
import { refundCredit } from '#commands/finance/refund-credit.ts'
import { organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { amountIn, moneyOf } from '../money.ts'
import { may } from '../permissions.ts'
import { refundOut, refundView } from './document-answers.ts'
import { occurredOn } from './document-body.ts'
import type { SaleCommandDeps } from './record-sale.ts'

export function addRefundCredit(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/customer-credits/:customerId/refunds',
    {
      ...may('write'),
      schema: {
        tags: ['customer credit'],
        summary: 'Pay a customer’s credit out',
        params: z.strictObject({ customerId: idIn }),
        body: z.strictObject({ amount: amountIn, method: methodIn, occurredOn }),
        response: { 201: done(refundOut), ...problems },
      },
    },
    async (request, reply) => {
      const { customerId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const { settings } = await organisationFacts(operations, context)
        const money = moneyOf(amount, amount.currency ?? settings.baseCurrency, 'amount')
        return refundCredit(operations, { ...given, customerId, amount: money }, context, options)
      })
      const shownAt = ['/api/finance/customer-credits', customerId] as const
      return createdAnswer(reply, outcome, shownAt, refundView(outcome.events))
    },
  )
}
