import { z } from 'zod'
import { commandWallet } from '#commands/wallet/command-wallet.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, instantIn } from '../fields.ts'
import { amountOrAll, occurredOn } from '../finance/document-body.ts'
import { amountIn } from '../money.ts'
import { movementsMade, movementsView, shownAt } from './wallet-answers.ts'
import {
  mayUse,
  moneyOfWallet,
  movementIn,
  reference,
  usageFields,
  type WalletCommandDeps,
  walletParams,
} from './wallet-body.ts'

const tags = ['wallets']
const response = { 201: done(movementsMade), ...problems }
const holdParams = z.strictObject({ id: idIn, hold: movementIn })

/** Money that is set aside, and what becomes of it. */
export function addWalletHolds(app: App, deps: WalletCommandDeps): void {
  addHold(app, deps)
  addCapture(app, deps)
  addRelease(app, deps)
}

function addHold(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/holds',
    {
      ...mayUse,
      schema: {
        tags,
        summary:
          'Set money aside: nobody else can have it until it is captured, released or expires',
        params: walletParams,
        body: z.strictObject({
          amount: amountIn,
          expiresAt: instantIn.optional(),
          reference,
          occurredOn,
        }),
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId } = request.params
      const { amount: sent, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const amount = await moneyOfWallet(operations, context.organisation, walletId, sent)
        const command = { ...given, type: 'HoldFunds', walletId, amount } as const
        return commandWallet(operations, command, context, options)
      })
      const view = movementsView(outcome.events, 'WalletFundsHeld')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}

function addCapture(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/holds/:hold/captures',
    {
      ...mayUse,
      schema: {
        tags,
        summary: 'Take what is held, or a part; the rest is free again unless it is kept',
        params: holdParams,
        body: z.strictObject({
          amount: amountOrAll.describe('Net of tax. Absent: all that is held, its tax within it.'),
          keepRest: z.boolean().optional().describe('For further captures.'),
          ...usageFields,
          occurredOn,
        }),
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId, hold } = request.params
      const { amount: sent, taxCode, taxRates, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const { organisation } = context
        const money = sent && (await moneyOfWallet(operations, organisation, walletId, sent))
        const usage = { amount: money?.amount, taxCode, taxRates }
        const command = { ...given, type: 'CaptureHold', walletId, hold, usage } as const
        return commandWallet(operations, command, context, options)
      })
      const view = movementsView(outcome.events, 'WalletHoldCaptured')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}

function addRelease(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/holds/:hold/release',
    {
      ...mayUse,
      schema: {
        tags,
        summary: 'What is held is free again',
        params: holdParams,
        body: z.strictObject({ occurredOn }),
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId, hold } = request.params
      const command = { ...request.body, type: 'ReleaseHold', walletId, hold } as const
      const outcome = await run(request, reply, (context, options) =>
        commandWallet(operations, command, context, options),
      )
      const view = movementsView(outcome.events, 'WalletHoldReleased')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}
