import { type GrantMembership, members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import type { CommandContext } from '../handler.ts'
import { type IdentityDeps, MEMBERS_ID, ofInstallation } from './identity-deps.ts'

/**
 * Makes a user a member at once, or gives a member another role: by who runs the installation. It is noted on
 * the user before; what a crash leaves of it, a repeat completes.
 *
 * @throws Rejection USER_UNKNOWN, ROLE_NOT_ALLOWED, LAST_OWNER, MEMBERS_TOO_MANY, ORGANISATIONS_TOO_MANY
 */
export async function grantMembership(
  { handler, sessions }: Pick<IdentityDeps, 'handler' | 'sessions'>,
  grant: Omit<GrantMembership, 'type'>,
  context: CommandContext,
): Promise<void> {
  const { userId, organisation, role } = grant
  const note = { type: 'NoteUserOrganisation', userId, organisation } as const
  await handler.handle(user, userId, note, ofInstallation(context))
  const command = { ...grant, type: 'GrantMembership' } as const
  await handler.handle(members, MEMBERS_ID, command, { ...context, organisation })
  await sessions.changeRole(userId, organisation, role)
}
