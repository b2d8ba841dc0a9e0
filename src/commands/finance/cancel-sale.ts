import type { CancelSale } from '#domain/finance/sale/credit.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'
import { countCredit } from './count-credit.ts'

export type CancelSaleInput = Omit<CancelSale, 'type' | 'today' | 'occurredOn'> &
  Optional<Pick<CancelSale, 'occurredOn'>>

/** Today unless said, for what is not yet credited. */
export async function cancelSale(
  deps: OperationDeps,
  input: CancelSaleInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent>> {
  const { today } = await organisationFacts(deps, context)
  const occurredOn = input.occurredOn ?? today
  const command: CancelSale = { ...input, type: 'CancelSale', occurredOn, today }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  await countCredit(deps, outcome.events, context)
  return outcome
}
