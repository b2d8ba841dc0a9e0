import type { ReversePayment } from '#domain/finance/sale/pay.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'
import { countCredit } from './count-credit.ts'

export type ReversePaymentInput = Omit<ReversePayment, 'type' | 'today' | 'occurredOn'> &
  Optional<Pick<ReversePayment, 'occurredOn'>>

/** Today unless said. */
export async function reversePayment(
  deps: OperationDeps,
  input: ReversePaymentInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent>> {
  const { today } = await organisationFacts(deps, context)
  const occurredOn = input.occurredOn ?? today
  const command: ReversePayment = { ...input, type: 'ReversePayment', occurredOn, today }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  await countCredit(deps, outcome.events, context)
  return outcome
}
