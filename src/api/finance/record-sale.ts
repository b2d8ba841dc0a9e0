import { z } from 'zod'
import { type NewSale, recordSale } from '#commands/finance/record-sale.ts'
import type { CommandContext } from '#commands/handler.ts'
import { type OperationDeps, organisationFacts } from '#commands/operation.ts'
import type { App } from '../app-type.ts'
import { createdAnswer } from '../command-answers.ts'
import type { Asked } from '../command-order.ts'
import type { RunCommand } from '../command-requests.ts'
import { done, problems } from '../envelope.ts'
import { idIn, methodIn } from '../fields.ts'
import { amountIn, moneyOf } from '../money.ts'
import { may } from '../permissions.ts'
import { shownExample } from '../shown-example.ts'
import { currencyOf, documentFields, documentOf } from './document-body.ts'
import { paymentFields } from './payment-body.ts'
import { saleRecordedOut, saleRecordedView } from './sale-answers.ts'

export interface SaleCommandDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
}

const body = z.strictObject({
  customerId: idIn.optional().describe('Absent: over the counter, to be paid in full at once.'),
  saleAmount: amountIn.optional().describe('Net of tax; or send lines.'),
  ...documentFields,
  commissionTaxCode: z.string().min(1).max(32).optional().describe('On our commission.'),
  agent: idIn.optional().describe('The user who sold; the caller when absent.'),
  propertyType: z.string().max(64).optional(),
  location: z.string().max(200).optional(),
  paymentMethod: methodIn.optional().describe('With it the sale is paid at once.'),
  paymentAmount: amountIn
    .optional()
    .describe('All that is owed when absent; over the counter always that.'),
  paymentPurpose: paymentFields.purpose,
  paymentRoute: paymentFields.route,
  paymentReference: paymentFields.reference,
})
type Body = z.output<typeof body>

/** How the domain's names of fields are written in this request. */
const names = {
  amount: 'saleAmount',
  payment: 'paymentMethod',
  'payment.amount': 'paymentAmount',
  'payment.purpose': 'paymentPurpose',
  'payment.route': 'paymentRoute',
}

/** A document is known by its source; a customer's first sale is noted on them. */
function touches(asked: Asked): readonly string[] {
  const { customerId, source } = asked.body as Body
  return [
    ...(customerId === undefined ? [] : [`customer:${customerId}`]),
    ...(source === undefined ? [] : [`document:${JSON.stringify([source.system, source.number])}`]),
  ]
}

export function addRecordSale(app: App, { operations, run }: SaleCommandDeps): void {
  app.post(
    '/api/finance/sales',
    {
      ...may('write', { touches }),
      schema: {
        tags: ['sales'],
        summary: 'Record a sale, with its payment where it is paid at once',
        body: body.meta(shownExample({ saleAmount: '125', paymentMethod: 'cash' })),
        response: { 201: done(saleRecordedOut), ...problems },
      },
    },
    async (request, reply) => {
      const operate = async (context: CommandContext) => {
        const { settings } = await organisationFacts(operations, context)
        return recordSale(operations, newSale(request.body, settings.baseCurrency), context)
      }
      const outcome = await run(request, reply, operate, names)
      const data = saleRecordedView(outcome.events)
      return createdAnswer(reply, outcome, ['/api/finance/sales', data.id], data)
    },
  )
}

function newSale(sent: Body, baseCurrency: string): NewSale {
  const currency = currencyOf(sent, sent.saleAmount, baseCurrency)
  return {
    customerId: sent.customerId,
    document: documentOf(sent, sent.saleAmount, currency, 'saleAmount'),
    currency,
    agent: sent.agent,
    occurredOn: sent.occurredOn,
    commissionTaxCode: sent.commissionTaxCode,
    propertyType: sent.propertyType,
    location: sent.location,
    payment: paymentOf(sent, currency),
  }
}

function paymentOf(sent: Body, currency: string): NewSale['payment'] {
  const { paymentMethod: method, paymentAmount: amount } = sent
  if (method === undefined) return undefined
  return {
    method,
    amount: amount && moneyOf(amount, currency, 'paymentAmount'),
    purpose: sent.paymentPurpose,
    route: sent.paymentRoute,
    reference: sent.paymentReference,
  }
}
