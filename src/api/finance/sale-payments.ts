import { z } from 'zod'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { reversePayment } from '#commands/finance/reverse-payment.ts'
import type { App } from '../app-type.ts'
import { createdAnswer, doneAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { shownExample } from '../shown-example.ts'
import { amountOrAll, occurredOn } from './document-body.ts'
import { paymentFields } from './payment-body.ts'
import type { SaleCommandDeps } from './record-sale.ts'
import { paymentAnswerOut, paymentView } from './sale-answers.ts'
import { moneyOfSale } from './sale-money.ts'
import { reversalOut, reversalView } from './settlement-answers.ts'

const payment = z.strictObject({
  method: methodIn,
  amount: amountOrAll.describe('All that is owed when absent.'),
  ...paymentFields,
  occurredOn,
})

/** Money that came in for a sale, and payments that bounced or were mistyped. */
export function addSalePayments(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/sales/:id/payments',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Receive a payment; what is above the debt becomes credit of the customer',
        params: z.strictObject({ id: idIn }),
        body: payment.meta(shownExample({ method: 'bank', amount: '100' })),
        response: { 201: done(paymentAnswerOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id: saleId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfSale(operations, context.organisation, saleId, amount)
        const input = { ...given, saleId, amount: money }
        return receivePayment(operations, input, context, options)
      })
      const shownAt = ['/api/finance/sales', saleId] as const
      return createdAnswer(reply, outcome, shownAt, paymentView(outcome.events))
    },
  )
  app.post(
    '/api/finance/sales/:id/payments/:paymentId/reversal',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Reverse a payment, whole: its mirror, on the day it bounced',
        params: z.strictObject({ id: idIn, paymentId: idIn }),
        body: z.strictObject({ cause: z.enum(['bounced', 'mistyped']), occurredOn }),
        response: { 200: done(reversalOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id: saleId, paymentId } = request.params
      const input = { ...request.body, saleId, paymentId }
      const outcome = await run(request, reply, (context, options) =>
        reversePayment(operations, input, context, options),
      )
      return doneAnswer(outcome, reversalView(outcome.events))
    },
  )
}
