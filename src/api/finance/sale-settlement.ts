import { z } from 'zod'
import { allocateCredit } from '#commands/finance/allocate-credit.ts'
import { cancelSale } from '#commands/finance/cancel-sale.ts'
import { passOnClientMoney } from '#commands/finance/pass-on-client-money.ts'
import { payCommission } from '#commands/finance/pay-commission.ts'
import { takeCommission } from '#commands/finance/take-commission.ts'
import type { App } from '../app-type.ts'
import { createdAnswer, doneAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { amountOrAll, occurredOn } from './document-body.ts'
import type { SaleCommandDeps } from './record-sale.ts'
import { moneyOfSale } from './sale-money.ts'
import {
  allocationOut,
  allocationView,
  cancellationOut,
  cancellationView,
  clientMoneyPayoutView,
  commissionPayoutView,
  commissionTakenView,
  payoutOut,
} from './settlement-answers.ts'

const sales = '/api/finance/sales'
const params = z.strictObject({ id: idIn })
const part = { amount: amountOrAll.describe('All that is left when absent.'), occurredOn }

/** What becomes of a sale: cancelled, paid by credit, its commission and its seller paid. */
export function addSaleSettlement(app: App, deps: SaleCommandDeps): void {
  addCancellation(app, deps)
  addAllocation(app, deps)
  addCommissionPayout(app, deps)
  addClientMoney(app, deps)
}

function addCancellation(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/sales/:id/cancellation',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Cancel a sale, for what is not yet credited',
        params,
        body: z.strictObject({
          reason: z.string().min(1).max(1000).optional(),
          refundMethod: methodIn.optional().describe('Over the counter: how it is paid back.'),
          occurredOn,
        }),
        response: { 200: done(cancellationOut), ...problems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, saleId: request.params.id }
      const outcome = await run(request, reply, (context, options) =>
        cancelSale(operations, input, context, options),
      )
      return doneAnswer(outcome, cancellationView(outcome.events))
    },
  )
}

function addAllocation(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/sales/:id/credit-allocations',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Pay what is owed out of the customer’s credit',
        params,
        body: z.strictObject(part),
        response: { 201: done(allocationOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id: saleId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfSale(operations, context.organisation, saleId, amount)
        return allocateCredit(operations, { ...given, saleId, amount: money }, context, options)
      })
      return createdAnswer(reply, outcome, [sales, saleId], allocationView(outcome.events))
    },
  )
}

function addCommissionPayout(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/sales/:id/commission-payouts',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Pay the agent’s commission, whole or in part',
        params,
        body: z.strictObject({ method: methodIn, ...part }),
        response: { 201: done(payoutOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id: saleId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfSale(operations, context.organisation, saleId, amount)
        return payCommission(operations, { ...given, saleId, amount: money }, context, options)
      })
      return createdAnswer(reply, outcome, [sales, saleId], commissionPayoutView(outcome.events))
    },
  )
}

function addClientMoney(app: App, { operations, run }: SaleCommandDeps): void {
  const body = z.strictObject(part)
  const response = { 201: done(payoutOut), ...problems }
  app.post(
    '/api/finance/sales/:id/client-money/payouts',
    {
      ...may('write'),
      schema: { tags: ['sales'], summary: 'Pass the seller’s money on', params, body, response },
    },
    async (request, reply) => {
      const { id: saleId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfSale(operations, context.organisation, saleId, amount)
        return passOnClientMoney(operations, { ...given, saleId, amount: money }, context, options)
      })
      return createdAnswer(reply, outcome, [sales, saleId], clientMoneyPayoutView(outcome.events))
    },
  )
  app.post(
    '/api/finance/sales/:id/client-money/commission',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Take our commission out of the money we hold',
        params,
        body,
        response,
      },
    },
    async (request, reply) => {
      const { id: saleId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfSale(operations, context.organisation, saleId, amount)
        return takeCommission(operations, { ...given, saleId, amount: money }, context, options)
      })
      return createdAnswer(reply, outcome, [sales, saleId], commissionTakenView(outcome.events))
    },
  )
}
