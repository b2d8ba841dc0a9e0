import type { ReceivePayment } from '#domain/finance/sale/pay.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'
import { countCredit } from './count-credit.ts'

type Made = 'type' | 'paymentId' | 'today' | 'occurredOn'
export type ReceivePaymentInput = Omit<ReceivePayment, Made> &
  Optional<Pick<ReceivePayment, 'occurredOn'>>

/** Today unless said. What is above the debt becomes credit of the customer. */
export async function receivePayment(
  deps: OperationDeps,
  input: ReceivePaymentInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent> & { readonly paymentId: string }> {
  const { today } = await organisationFacts(deps, context)
  const paymentId = createdBy(context.commandId, 'payment')
  const command: ReceivePayment = {
    ...input,
    type: 'ReceivePayment',
    paymentId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  await countCredit(deps, outcome.events, context)
  return { paymentId, ...outcome }
}
