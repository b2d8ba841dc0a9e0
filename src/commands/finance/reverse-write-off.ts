import {
  type BadDebtEvent,
  badDebt,
  type ReverseBadDebtWriteOff,
} from '#domain/finance/bad-debt.ts'
import type { ReverseSaleWriteOff } from '#domain/finance/sale/write-off.ts'
import { sale } from '#domain/finance/sale.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { createdBy, reactionId } from '../command-id.ts'
import type { CommandContext, CommandHandler, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'

type Made = 'type' | 'reversalId' | 'today' | 'occurredOn'
export type ReverseWriteOffInput = Omit<ReverseBadDebtWriteOff, Made> &
  Optional<Pick<ReverseBadDebtWriteOff, 'occurredOn'>>

/**
 * Today unless said, all that is left unless said. Where the write-off names a sale, the sale then
 * takes its debt back: it never has less of it left than the write-off has, so it cannot refuse.
 */
export async function reverseWriteOff(
  deps: OperationDeps,
  input: ReverseWriteOffInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<BadDebtEvent> & { readonly reversalId: string }> {
  const { today } = await organisationFacts(deps, context)
  const reversalId = createdBy(context.commandId, 'reversal')
  const command: ReverseBadDebtWriteOff = {
    ...input,
    type: 'ReverseBadDebtWriteOff',
    reversalId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(badDebt, input.badDebtId, command, context, options)
  // Should it fail, the process that follows the log does it: both use the same command.
  for (const event of outcome.events) {
    await owedAgain(deps.handler, event, { ...context, today }).catch(() => {})
  }
  return { reversalId, ...outcome }
}

/** Name of the process that does the same for whatever was missed here. */
export const REVERSAL_PROCESS = 'sale_owes_again'

/** The sale of a reversed write-off owes that amount again. */
export async function owedAgain(
  handler: CommandHandler,
  event: RecordedEvent,
  context: CommandContext & { readonly today: string },
): Promise<void> {
  if (event.type !== 'BadDebtWriteOffReversed' || event.data.saleId === undefined) return
  const { saleId, badDebtId, reversalId, amount, currency, occurredOn } = event.data
  const { today, ...reaction } = context
  const command: ReverseSaleWriteOff = {
    type: 'ReverseSaleWriteOff',
    saleId,
    badDebtId,
    reversalId,
    amount: { amount: BigInt(amount), currency },
    occurredOn,
    today,
  }
  await handler.handle(sale, saleId, command, {
    ...reaction,
    commandId: reactionId(REVERSAL_PROCESS, event.id),
    bodyHash: event.id,
    causationId: event.id,
  })
}
