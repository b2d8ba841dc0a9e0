import { z } from 'zod'
import { correctBadDebtText } from '#commands/privacy/correct-bad-debt-text.ts'
import { correctSaleText } from '#commands/privacy/correct-sale-text.ts'
import { correctWalletText } from '#commands/privacy/correct-wallet-text.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { doneAnswer } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { movementIn } from '../wallet/wallet-body.ts'
import { seesRestricted } from './restricted.ts'

export interface CorrectionDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
}

const params = z.strictObject({ id: idIn })
const text = (max: number) => z.string().min(1).max(max).describe('As it should have read.')
const reason = z.string().min(1).max(1000).describe('Why it is corrected; personal as the text is.')

const corrected = z
  .strictObject({
    id: z.string(),
    corrected: z.boolean().describe('False: it read so already, and nothing was recorded.'),
  })
  .meta({ id: 'TextCorrected' })
const response = { 200: done(corrected), ...problems }

/**
 * Texts about a person are set right where they were written, by further events; details of a customer are
 * changed as any others. No figure changes by it.
 */
export function addCorrections(app: App, deps: CorrectionDeps): void {
  addOfSale(app, deps)
  addOfBadDebt(app, deps)
  addOfWallet(app, deps)
}

const ofSale = z.discriminatedUnion('field', [
  z.strictObject({
    field: z.literal('reference').describe('Of a payment.'),
    paymentId: idIn,
    text: text(200),
    reason,
  }),
  z.strictObject({
    field: z.literal('reason').describe('Of the cancellation.'),
    text: text(1000),
    reason,
  }),
])

function addOfSale(app: App, { operations, run }: CorrectionDeps): void {
  app.post(
    '/api/finance/sales/:id/corrections',
    {
      ...may('write'),
      schema: {
        tags: ['sales'],
        summary: 'Correct what was written of a sale: a payment’s reference, why it was cancelled',
        params,
        body: ofSale,
        response,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const input = { ...request.body, saleId: id }
      const corrector = { readsRestricted: seesRestricted(request) }
      const outcome = await run(request, reply, (context, options) =>
        correctSaleText(operations, input, corrector, context, options),
      )
      return doneAnswer(outcome, { id, corrected: outcome.events.length > 0 })
    },
  )
}

const ofBadDebt = z.strictObject({
  field: z.literal('reason'),
  partId: idIn
    .optional()
    .describe('The reversal or recovery whose reason it is; the document’s own when absent.'),
  text: text(1000),
  reason,
})

function addOfBadDebt(app: App, { operations, run }: CorrectionDeps): void {
  app.post(
    '/api/finance/bad-debts/:id/corrections',
    {
      ...may('write'),
      schema: {
        tags: ['bad debts'],
        summary: 'Correct why a debt was written off, or why that was reversed or recovered',
        params,
        body: ofBadDebt,
        response,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const input = { ...request.body, badDebtId: id }
      const corrector = { readsRestricted: seesRestricted(request) }
      const outcome = await run(request, reply, (context, options) =>
        correctBadDebtText(operations, input, corrector, context, options),
      )
      return doneAnswer(outcome, { id, corrected: outcome.events.length > 0 })
    },
  )
}

const ofMovement = <Field extends string>(field: Field, max: number) =>
  z.strictObject({ field: z.literal(field), movement: movementIn, text: text(max), reason })
const ofWallet = z.discriminatedUnion('field', [
  z.strictObject({
    field: z.literal('name').describe('Of the wallet.'),
    text: text(200),
    reason,
  }),
  ofMovement('reference', 200),
  ofMovement('description', 500),
  ofMovement('reason', 1000),
])
/** The place in its stream of the event that opened a wallet. */
const OPENING = '1'

function addOfWallet(app: App, { operations, run }: CorrectionDeps): void {
  app.post(
    '/api/wallets/:id/corrections',
    {
      ...may('write'),
      schema: {
        tags: ['wallets'],
        summary: 'Correct the name of a wallet, or what was written of a movement',
        params,
        body: ofWallet,
        response,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { field, text, reason } = request.body
      const corrects = request.body.field === 'name' ? OPENING : request.body.movement
      const input = { walletId: id, field, corrects, text, reason }
      const corrector = { readsRestricted: seesRestricted(request) }
      const outcome = await run(request, reply, (context, options) =>
        correctWalletText(operations, input, corrector, context, options),
      )
      return doneAnswer(outcome, { id, corrected: outcome.events.length > 0 })
    },
  )
}
