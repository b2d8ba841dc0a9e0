import { type FollowDeps, followMembership } from '#commands/identity/follow-membership.ts'
import type { Process } from './process.ts'

/**
 * Whose membership ended is signed in there no longer, and the link of an invitation that was withdrawn is gone, also
 * when a crash came before that: R1.9.
 */
export function membershipsAreFollowed(deps: FollowDeps): Process {
  return {
    name: 'memberships_are_followed',
    types: [
      'MembershipGranted',
      'MemberRoleChanged',
      'MembershipEnded',
      'MemberInvitationWithdrawn',
    ],
    async react({ data }, context) {
      if (!('userId' in data)) return
      const { userId } = data
      await followMembership(deps, { userId, organisation: context.organisation }, context)
    },
  }
}
