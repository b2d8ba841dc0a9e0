import { z } from 'zod'
import { recordBadDebtReversal } from '#commands/finance/record-bad-debt-reversal.ts'
import { recoverBadDebt } from '#commands/finance/recover-bad-debt.ts'
import { reverseWriteOff } from '#commands/finance/reverse-write-off.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import { organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { amountIn, moneyOf } from '../money.ts'
import { may } from '../permissions.ts'
import { badDebtChangedOut, badDebtChangedView } from './document-answers.ts'
import { amountOrAll, documentFields, occurredOn } from './document-body.ts'
import type { SaleCommandDeps } from './record-sale.ts'
import { moneyOfBadDebt, moneyOfSale } from './sale-money.ts'

const reason = z.string().min(1).max(1000).optional()
const { source } = documentFields
const customerId = idIn.optional().describe('Absent: against the allowance for doubtful debts.')
const tags = ['bad debts']
const params = z.strictObject({ id: idIn })
const part = { amount: amountOrAll.describe('All that is left when absent.'), occurredOn, reason }
const response = { 201: done(badDebtChangedOut), ...problems }
const path = '/api/finance/bad-debts'

/** Debts given up, reversed, and recovered after all. */
export function addBadDebtCommands(app: App, deps: SaleCommandDeps): void {
  addWriteOff(app, deps)
  addLoneReversal(app, deps)
  addReversal(app, deps)
  addRecovery(app, deps)
}

function addWriteOff(app: App, { operations, run }: SaleCommandDeps): void {
  const saleId = idIn.optional().describe('The sale whose debt it is; its customer is the sale’s.')
  const amount = amountIn.optional().describe('All that the sale owes when absent.')
  app.post(
    path,
    {
      ...may('write'),
      schema: {
        tags,
        summary: 'Write a debt off',
        body: z.strictObject({ customerId, saleId, amount, occurredOn, reason, source }),
        response,
      },
    },
    async (request, reply) => {
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context) => {
        const { settings } = await organisationFacts(operations, context)
        const money =
          given.saleId === undefined
            ? amount && moneyOf(amount, amount.currency ?? settings.baseCurrency, 'amount')
            : await moneyOfSale(operations, context.organisation, given.saleId, amount)
        return writeOffBadDebt(operations, { ...given, amount: money }, context)
      })
      const data = badDebtChangedView(outcome.events)
      return createdAnswer(reply, outcome, [path, data.badDebtId], data)
    },
  )
}

function addLoneReversal(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    `${path}/reversals`,
    {
      ...may('write'),
      schema: {
        tags,
        summary: 'Record a reversal that names no write-off: a document of its own',
        body: z.strictObject({ customerId, amount: amountIn, occurredOn, reason, source }),
        response,
      },
    },
    async (request, reply) => {
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context) => {
        const { settings } = await organisationFacts(operations, context)
        const money = moneyOf(amount, amount.currency ?? settings.baseCurrency, 'amount')
        return recordBadDebtReversal(operations, { ...given, amount: money }, context)
      })
      const data = badDebtChangedView(outcome.events)
      return createdAnswer(reply, outcome, [path, data.badDebtId], data)
    },
  )
}

function addReversal(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    `${path}/:id/reversals`,
    {
      ...may('write'),
      schema: {
        tags,
        summary: 'Reverse a write-off, whole or in part',
        params,
        body: z.strictObject(part),
        response,
      },
    },
    async (request, reply) => {
      const { id: badDebtId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfBadDebt(operations, context.organisation, badDebtId, amount)
        const input = { ...given, badDebtId, amount: money }
        return reverseWriteOff(operations, input, context, options)
      })
      const data = badDebtChangedView(outcome.events)
      return createdAnswer(reply, outcome, [path, badDebtId], data)
    },
  )
}

function addRecovery(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    `${path}/:id/recoveries`,
    {
      ...may('write'),
      schema: {
        tags,
        summary: 'Receive money for a debt that was written off',
        params,
        body: z.strictObject({ method: methodIn, ...part }),
        response,
      },
    },
    async (request, reply) => {
      const { id: badDebtId } = request.params
      const { amount, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const money = await moneyOfBadDebt(operations, context.organisation, badDebtId, amount)
        const input = { ...given, badDebtId, amount: money }
        return recoverBadDebt(operations, input, context, options)
      })
      const data = badDebtChangedView(outcome.events)
      return createdAnswer(reply, outcome, [path, badDebtId], data)
    },
  )
}
