import { type ChangeMemberRole, type MembersEvent, members } from '#domain/identity/members.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type FollowDeps, followMembership } from './follow-membership.ts'
import { MEMBERS_ID } from './identity-deps.ts'

/**
 * Gives a member, or whoever is invited, another role; their sessions have it when this returns, or by a
 * process of the log after a crash in between.
 *
 * @throws Rejection MEMBER_UNKNOWN, LAST_OWNER
 */
export async function changeMemberRole(
  deps: FollowDeps,
  { userId, role }: Pick<ChangeMemberRole, 'userId' | 'role'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<MembersEvent>> {
  const { organisation } = context
  const command = { type: 'ChangeMemberRole', organisation, userId, role } as const
  const outcome = await deps.handler.handle(members, MEMBERS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
  await followMembership(deps, { userId, organisation }, context)
  return outcome
}
