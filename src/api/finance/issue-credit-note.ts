import { z } from 'zod'
import { issueCreditNote, type NewCreditNote } from '#commands/finance/issue-credit-note.ts'
import type { CommandContext } from '#commands/handler.ts'
import { knownSale, type OperationDeps, organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { amountIn } from '../money.ts'
import { may } from '../permissions.ts'
import { creditNoteIssuedOut, creditNoteIssuedView } from './document-answers.ts'
import { currencyOf, documentFields, documentOf } from './document-body.ts'
import type { SaleCommandDeps } from './record-sale.ts'

const body = z.strictObject({
  customerId: idIn.optional().describe('The sale’s when it names one; absent: over the counter.'),
  saleId: idIn.optional().describe('The sale it credits, where it credits one.'),
  amount: amountIn.optional().describe('Net of tax; or send lines.'),
  ...documentFields,
  taxRates: documentFields.taxRates.describe('Percent by tax code; the sale’s when it names one.'),
  agent: idIn.optional().describe('The caller when absent; the sale’s when it names one.'),
  refundMethod: methodIn.optional().describe('Without a customer: how it is paid back.'),
})
type Body = z.output<typeof body>

export function addIssueCreditNote(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/credit-notes',
    {
      ...may('write'),
      schema: {
        tags: ['credit notes'],
        summary: 'Issue a credit note: credit of the customer, or money paid back',
        body,
        response: { 201: done(creditNoteIssuedOut), ...problems },
      },
    },
    async (request, reply) => {
      const outcome = await run(request, reply, async (context) => {
        const input = await newCreditNote(operations, request.body, context)
        return issueCreditNote(operations, input, context)
      })
      const data = creditNoteIssuedView(outcome.events)
      return createdAnswer(reply, outcome, ['/api/finance/credit-notes', data.id], data)
    },
  )
}

async function newCreditNote(
  operations: OperationDeps,
  sent: Body,
  context: CommandContext,
): Promise<NewCreditNote> {
  const { customerId, saleId, agent, refundMethod, occurredOn } = sent
  const currency = currencyOf(sent, sent.amount, await usualCurrency(operations, saleId, context))
  const document = documentOf(sent, sent.amount, currency)
  return { customerId, saleId, document, currency, agent, refundMethod, occurredOn }
}

async function usualCurrency(
  operations: OperationDeps,
  saleId: string | undefined,
  context: CommandContext,
): Promise<string> {
  if (saleId !== undefined) {
    return (await knownSale(operations, context.organisation, saleId)).currency
  }
  return (await organisationFacts(operations, context)).settings.baseCurrency
}
