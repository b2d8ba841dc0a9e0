import {
  type CommissionTiersEvent,
  commissionTiers,
  type SetCommissionTier,
} from '#domain/organisation/commission-tiers.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, TIERS_ID } from '../operation.ts'

export function setCommissionTier(
  { handler }: OperationDeps,
  asked: Omit<SetCommissionTier, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CommissionTiersEvent>> {
  const command = { ...asked, type: 'SetCommissionTier' } as const
  return handler.handle(commissionTiers, TIERS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}
