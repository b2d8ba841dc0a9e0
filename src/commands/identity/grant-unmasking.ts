import {
  type GrantUnmasking,
  type UnmaskingsEvent,
  unmaskings,
} from '#domain/identity/unmaskings.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, UNMASKINGS_ID } from '../operation.ts'
import { isOfErased } from '../privacy/reasons-about.ts'

export interface GrantUnmaskingDeps extends Pick<OperationDeps, 'handler'> {
  readonly keyRing: Pick<KeyRing, 'forReading' | 'destroy'>
}

/**
 * Lets somebody see personal data for a time.
 *
 * @throws Rejection UNMASKING_OVER, UNMASKING_TOO_LONG
 */
export async function grantUnmasking(
  { handler, keyRing }: GrantUnmaskingDeps,
  asked: Omit<GrantUnmasking, 'type' | 'unmaskingId' | 'now'>,
  context: CommandContext,
): Promise<CommandOutcome<UnmaskingsEvent>> {
  const unmaskingId = createdBy(context.commandId, 'unmasking')
  const { organisation } = context
  const { subject } = asked
  // Of who is erased nothing more can be read: it is written under a key that nobody has.
  if (subject !== undefined && (await isOfErased(keyRing, organisation, [subject]))) {
    await keyRing.destroy(subjectOf(organisation, unmaskingId))
  }
  const command = { ...asked, type: 'GrantUnmasking', unmaskingId, now: context.now } as const
  return handler.handle(unmaskings, UNMASKINGS_ID, command, context)
}
