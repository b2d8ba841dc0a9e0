import { type BadDebtEvent, badDebt, type RecoverBadDebt } from '#domain/finance/bad-debt.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'

type Made = 'type' | 'recoveryId' | 'today' | 'occurredOn'
export type RecoverBadDebtInput = Omit<RecoverBadDebt, Made> &
  Optional<Pick<RecoverBadDebt, 'occurredOn'>>

/** Money came in after all; today unless said, all that is left unless said. */
export async function recoverBadDebt(
  deps: OperationDeps,
  input: RecoverBadDebtInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<BadDebtEvent> & { readonly recoveryId: string }> {
  const { today } = await organisationFacts(deps, context)
  const recoveryId = createdBy(context.commandId, 'recovery')
  const command: RecoverBadDebt = {
    ...input,
    type: 'RecoverBadDebt',
    recoveryId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const outcome = await deps.handler.handle(badDebt, input.badDebtId, command, context, options)
  return { recoveryId, ...outcome }
}
