import type { CancelSale } from '#domain/finance/sale/credit.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'
import { countCredit } from './count-credit.ts'
import { recoveredOf } from './recovered-debts.ts'

export type CancelSaleInput = Omit<CancelSale, 'type' | 'today' | 'occurredOn' | 'recovered'> &
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
  const { handler } = deps
  const { organisation } = context
  const { state } = await handler.load(sale, organisation, input.saleId, { age: 'now' })
  const recovered = state.status === 'none' ? 0n : await recoveredOf(deps, organisation, state)
  const command: CancelSale = { ...input, type: 'CancelSale', recovered, occurredOn, today }
  const outcome = await handler.handle(sale, input.saleId, command, context, options)
  await countCredit(deps, outcome.events, context)
  return outcome
}
