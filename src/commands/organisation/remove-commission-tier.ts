import {
  type CommissionTiersEvent,
  commissionTiers,
  type RemoveCommissionTier,
} from '#domain/organisation/commission-tiers.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, TIERS_ID } from '../operation.ts'

export function removeCommissionTier(
  { handler }: OperationDeps,
  asked: Omit<RemoveCommissionTier, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CommissionTiersEvent>> {
  const command = { ...asked, type: 'RemoveCommissionTier' } as const
  return handler.handle(commissionTiers, TIERS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}
