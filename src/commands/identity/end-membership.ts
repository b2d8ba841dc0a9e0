import { type MembersEvent, members } from '#domain/identity/members.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type FollowDeps, followMembership } from './follow-membership.ts'
import { MEMBERS_ID } from './identity-deps.ts'

/**
 * Ends what somebody is to an organisation, or withdraws their invitation; their sessions there have ended when
 * this returns, or by a process of the log after a crash in between.
 *
 * @throws Rejection MEMBER_UNKNOWN, LAST_OWNER
 */
export async function endMembership(
  deps: FollowDeps,
  userId: string,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<MembersEvent>> {
  const { organisation } = context
  const command = { type: 'EndMembership', organisation, userId } as const
  const outcome = await deps.handler.handle(members, MEMBERS_ID, command, context, options)
  await followMembership(deps, { userId, organisation }, context)
  return outcome
}
