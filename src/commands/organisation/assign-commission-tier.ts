import {
  type AssignCommissionTier,
  type CommissionTiersEvent,
  commissionTiers,
} from '#domain/organisation/commission-tiers.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, TIERS_ID } from '../operation.ts'

export function assignCommissionTier(
  { handler }: OperationDeps,
  asked: Omit<AssignCommissionTier, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CommissionTiersEvent>> {
  const command = { ...asked, type: 'AssignCommissionTier' } as const
  return handler.handle(commissionTiers, TIERS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}
