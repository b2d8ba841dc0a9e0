import { z } from 'zod'
import { chargeBackTopUp } from '#commands/wallet/charge-back-top-up.ts'
import { commandWallet } from '#commands/wallet/command-wallet.ts'
import { refundDebit } from '#commands/wallet/refund-debit.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { methodIn } from '../fields.ts'
import { amountOrAll, occurredOn } from '../finance/document-body.ts'
import { amountIn } from '../money.ts'
import { shownExample } from '../shown-example.ts'
import { movementsMade, movementsView, shownAt } from './wallet-answers.ts'
import {
  mayTakeBack,
  mayUse,
  moneyOfWallet,
  movementIn,
  reason,
  reference,
  usageFields,
  type WalletCommandDeps,
  walletParams,
} from './wallet-body.ts'

const tags = ['wallets']
const response = { 201: done(movementsMade), ...problems }
const moved = z
  .strictObject({ amount: amountIn, method: methodIn, reference, occurredOn })
  .meta(shownExample({ amount: '50', method: 'card' }))
const debit = z
  .strictObject({ amount: amountIn.describe('Net of tax.'), ...usageFields, occurredOn })
  .meta(shownExample({ amount: '2', description: 'Calls of the day' }))

/** Money into a wallet and out of it. */
export function addWalletMoney(app: App, deps: WalletCommandDeps): void {
  addTransfer(app, deps, 'topups', 'TopUpWallet', 'Money came in')
  addTransfer(app, deps, 'payouts', 'PayOutWallet', 'Pay unused money out')
  addChargeBack(app, deps)
  addDebit(app, deps)
  addRefund(app, deps)
}

function addTransfer(
  app: App,
  { operations, run }: WalletCommandDeps,
  path: 'topups' | 'payouts',
  type: 'TopUpWallet' | 'PayOutWallet',
  summary: string,
): void {
  app.post(
    `/api/wallets/:id/${path}`,
    { ...mayUse, schema: { tags, summary, params: walletParams, body: moved, response } },
    async (request, reply) => {
      const { id: walletId } = request.params
      const { amount: sent, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const amount = await moneyOfWallet(operations, context.organisation, walletId, sent)
        return commandWallet(operations, { ...given, type, walletId, amount }, context, options)
      })
      const made = type === 'TopUpWallet' ? 'WalletToppedUp' : 'WalletPaidOut'
      return createdAnswer(reply, outcome, shownAt(walletId), movementsView(outcome.events, made))
    },
  )
}

function addChargeBack(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/chargebacks',
    {
      ...mayTakeBack,
      schema: {
        tags,
        summary: 'The bank took a top-up back, whole; below its floor the wallet is suspended',
        params: walletParams,
        body: z.strictObject({ topUp: movementIn, reason, occurredOn }),
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId } = request.params
      const input = { ...request.body, walletId }
      const outcome = await run(request, reply, (context, options) =>
        chargeBackTopUp(operations, input, context, options),
      )
      const view = movementsView(outcome.events, 'WalletTopUpChargedBack')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}

function addDebit(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/debits',
    {
      ...mayUse,
      schema: {
        tags,
        summary: 'Take what was used; refused, with the shortfall, where there is too little',
        params: walletParams,
        body: debit,
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId } = request.params
      const { amount: sent, taxCode, taxRates, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const { amount } = await moneyOfWallet(operations, context.organisation, walletId, sent)
        const usage = { amount, taxCode, taxRates }
        const command = { ...given, type: 'DebitWallet', walletId, usage } as const
        return commandWallet(operations, command, context, options)
      })
      const view = movementsView(outcome.events, 'WalletDebited')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}

function addRefund(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets/:id/refunds',
    {
      ...mayTakeBack,
      schema: {
        tags,
        summary: 'Give back of a debit or a capture: 95 % of it at most, in all',
        params: walletParams,
        body: z.strictObject({
          debit: movementIn,
          amount: amountOrAll.describe('Gross; all that may still be refunded when absent.'),
          reason,
          occurredOn,
        }),
        response,
      },
    },
    async (request, reply) => {
      const { id: walletId } = request.params
      const { amount: sent, ...given } = request.body
      const outcome = await run(request, reply, async (context, options) => {
        const { organisation } = context
        const amount = sent && (await moneyOfWallet(operations, organisation, walletId, sent))
        return refundDebit(operations, { ...given, walletId, amount }, context, options)
      })
      const view = movementsView(outcome.events, 'WalletDebitRefunded')
      return createdAnswer(reply, outcome, shownAt(walletId), view)
    },
  )
}
