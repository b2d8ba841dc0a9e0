import type { TakeCommissionFromClientMoney } from '#domain/finance/sale/settle.ts'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'

type Made = 'type' | 'paymentId' | 'today' | 'occurredOn'
export type TakeCommissionFromClientMoneyInput = Omit<TakeCommissionFromClientMoney, Made> &
  Optional<Pick<TakeCommissionFromClientMoney, 'occurredOn'>>

/** agent basis: takes our commission out of the money we hold; today unless said. */
export async function takeCommission(
  deps: OperationDeps,
  input: TakeCommissionFromClientMoneyInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SaleEvent> & { readonly paymentId: string }> {
  const { today } = await organisationFacts(deps, context)
  const paymentId = createdBy(context.commandId, 'payment')
  const command: TakeCommissionFromClientMoney = {
    ...input,
    type: 'TakeCommissionFromClientMoney',
    paymentId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(sale, input.saleId, command, context, options)
  return { paymentId, ...outcome }
}
