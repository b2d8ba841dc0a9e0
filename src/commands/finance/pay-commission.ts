import type { PayCommission } from '#domain/finance/sale/settle.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'

type Made = 'type' | 'payoutId' | 'today' | 'occurredOn'
export type PayCommissionInput = Omit<PayCommission, Made> &
  Optional<Pick<PayCommission, 'occurredOn'>>

/** principal: pays the agent their commission, whole or in part; today unless said. */
export async function payCommission(
  deps: OperationDeps,
  input: PayCommissionInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent> & { readonly payoutId: string }> {
  const { today } = await organisationFacts(deps, context)
  const payoutId = createdBy(context.commandId, 'payout')
  const command: PayCommission = {
    ...input,
    type: 'PayCommission',
    payoutId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  return { payoutId, ...outcome }
}
