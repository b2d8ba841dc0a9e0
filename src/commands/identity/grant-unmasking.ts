import {
  type GrantUnmasking,
  type UnmaskingsEvent,
  unmaskings,
} from '#domain/identity/unmaskings.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, UNMASKINGS_ID } from '../operation.ts'

/**
 * Lets somebody see personal data for a time.
 *
 * @throws Rejection UNMASKING_OVER, UNMASKING_TOO_LONG
 */
export function grantUnmasking(
  { handler }: Pick<OperationDeps, 'handler'>,
  asked: Omit<GrantUnmasking, 'type' | 'unmaskingId' | 'now'>,
  context: CommandContext,
): Promise<CommandOutcome<UnmaskingsEvent>> {
  const unmaskingId = createdBy(context.commandId, 'unmasking')
  const command = { ...asked, type: 'GrantUnmasking', unmaskingId, now: context.now } as const
  return handler.handle(unmaskings, UNMASKINGS_ID, command, context)
}
