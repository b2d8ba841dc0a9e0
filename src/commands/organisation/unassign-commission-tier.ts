import {
  type CommissionTiersEvent,
  commissionTiers,
  type UnassignCommissionTier,
} from '#domain/organisation/commission-tiers.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, TIERS_ID } from '../operation.ts'

export function unassignCommissionTier(
  { handler }: OperationDeps,
  asked: Omit<UnassignCommissionTier, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CommissionTiersEvent>> {
  const command = { ...asked, type: 'UnassignCommissionTier' } as const
  return handler.handle(commissionTiers, TIERS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}
