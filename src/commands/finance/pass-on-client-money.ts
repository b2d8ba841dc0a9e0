import type { PassOnClientMoney } from '#domain/finance/sale/settle.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'

type Made = 'type' | 'payoutId' | 'today' | 'occurredOn'
export type PassOnClientMoneyInput = Omit<PassOnClientMoney, Made> &
  Optional<Pick<PassOnClientMoney, 'occurredOn'>>

/** agent basis: the seller gets what we hold for them; today unless said. */
export async function passOnClientMoney(
  deps: OperationDeps,
  input: PassOnClientMoneyInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent> & { readonly payoutId: string }> {
  const { today } = await organisationFacts(deps, context)
  const payoutId = createdBy(context.commandId, 'payout')
  const command: PassOnClientMoney = {
    ...input,
    type: 'PassOnClientMoney',
    payoutId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  return { payoutId, ...outcome }
}
