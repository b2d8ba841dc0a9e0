import { z } from 'zod'
import { organisationFacts } from '#commands/operation.ts'
import { commandWallet } from '#commands/wallet/command-wallet.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import type { App } from '../app-type.ts'
import { createdAnswer, doneAnswer, needData } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { currencyIn, idIn } from '../fields.ts'
import { occurredOn } from '../finance/document-body.ts'
import { amountIn, money, moneyOf, moneyOut } from '../money.ts'
import { may } from '../permissions.ts'
import { shownExample } from '../shown-example.ts'
import {
  mayUse,
  moneyOfWallet,
  reason,
  type WalletCommandDeps,
  walletParams,
} from './wallet-body.ts'

const tags = ['wallets']

const opened = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    currency: z.string(),
    creditLimit: moneyOut,
    name: z.string().nullable(),
    occurredOn: z.string(),
  })
  .meta({ id: 'WalletOpened' })

/** Opening wallets, their credit limits, and whether they may be used. */
export function addWalletKeeping(app: App, deps: WalletCommandDeps): void {
  addOpening(app, deps)
  addCreditLimit(app, deps)
  addSuspension(app, deps)
}

function addOpening(app: App, { operations, run }: WalletCommandDeps): void {
  app.post(
    '/api/wallets',
    {
      ...may('write', { touches: ({ body }) => [`customer:${String(body['customerId'])}`] }),
      schema: {
        tags,
        summary: 'Open a wallet of a customer',
        body: z
          .strictObject({
            customerId: idIn,
            currency: currencyIn.optional().describe('The organisation’s when absent.'),
            creditLimit: amountIn.optional().describe('How far below zero it may go; not at all.'),
            name: z.string().min(1).max(200).optional(),
            occurredOn,
          })
          .meta(shownExample({ customerId: 'the id of a customer' })),
        response: { 201: done(opened), ...problems },
      },
    },
    async (request, reply) => {
      const { creditLimit, ...given } = request.body
      const outcome = await run(request, reply, async (context) => {
        const { settings } = await organisationFacts(operations, context)
        const currency = given.currency ?? creditLimit?.currency ?? settings.baseCurrency
        const limit = creditLimit && moneyOf(creditLimit, currency, 'creditLimit').amount
        return openWallet(operations, { ...given, currency, creditLimit: limit }, context)
      })
      const data = needData(outcome.events, 'WalletOpened')
      const { walletId: id, customerId, currency, name = null } = data
      return createdAnswer(reply, outcome, ['/api/wallets', id], {
        id,
        customerId,
        currency,
        creditLimit: money(data.creditLimit, currency),
        name,
        occurredOn: data.occurredOn,
      })
    },
  )
}

const changed = z.strictObject({ id: z.string() }).meta({ id: 'WalletChanged' })

function addCreditLimit(app: App, { operations, run }: WalletCommandDeps): void {
  app.put(
    '/api/wallets/:id/credit-limit',
    {
      ...mayUse,
      schema: {
        tags,
        summary: 'Say how far below zero it may go; what lies below a raised floor stays there',
        params: walletParams,
        body: z.strictObject({ creditLimit: amountIn, occurredOn }),
        response: { 200: done(changed), ...problems },
      },
    },
    async (request, reply) => {
      const { id: walletId } = request.params
      const outcome = await run(request, reply, async (context, options) => {
        const { creditLimit: sent, ...given } = request.body
        const { organisation } = context
        const limit = await moneyOfWallet(operations, organisation, walletId, sent, 'creditLimit')
        const command = { ...given, type: 'ChangeCreditLimit', walletId } as const
        const asked = { ...command, creditLimit: limit.amount }
        return commandWallet(operations, asked, context, options)
      })
      return doneAnswer(outcome, { id: walletId })
    },
  )
}

function addSuspension(app: App, { operations, run }: WalletCommandDeps): void {
  const add = (
    verb: 'suspend' | 'resume',
    type: 'SuspendWallet' | 'ResumeWallet',
    summary: string,
  ) =>
    app.post(
      `/api/wallets/:id/${verb}`,
      {
        ...mayUse,
        schema: {
          tags,
          summary,
          params: walletParams,
          body: z.strictObject({ reason, occurredOn }),
          response: { 200: done(changed), ...problems },
        },
      },
      async (request, reply) => {
        const { id: walletId } = request.params
        const command = { ...request.body, type, walletId }
        const outcome = await run(request, reply, (context, options) =>
          commandWallet(operations, command, context, options),
        )
        return doneAnswer(outcome, { id: walletId })
      },
    )
  add('suspend', 'SuspendWallet', 'Nothing more is taken or held until it is resumed')
  add('resume', 'ResumeWallet', 'It may be used again')
}
