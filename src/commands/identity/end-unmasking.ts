import { type UnmaskingsEvent, unmaskings } from '#domain/identity/unmaskings.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, UNMASKINGS_ID } from '../operation.ts'

/**
 * Ends an unmasking before its time is over; nothing happens when it was ended before.
 *
 * @throws Rejection UNMASKING_UNKNOWN
 */
export function endUnmasking(
  { handler }: Pick<OperationDeps, 'handler'>,
  unmaskingId: string,
  context: CommandContext,
): Promise<CommandOutcome<UnmaskingsEvent>> {
  const command = { type: 'EndUnmasking', unmaskingId } as const
  return handler.handle(unmaskings, UNMASKINGS_ID, command, context)
}
