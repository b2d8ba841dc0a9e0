import { type InviteMember, type MembersEvent, members } from '#domain/identity/members.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { refuseOtherRevision, stepContext } from '../operation.ts'
import { userOfEmail } from './find-user.ts'
import { type IdentityDeps, MEMBERS_ID } from './identity-deps.ts'
import { linkExpiry, type MadeLink, makeLink } from './make-link.ts'
import { findOrRegisterUser } from './register-user.ts'

export type NewMember = Pick<InviteMember, 'email' | 'name' | 'role'>

export type MemberInvitation = CommandOutcome<MembersEvent> & {
  /** To be shown once. Absent when the same command invited before: nobody has it any more. */
  readonly link?: MadeLink
}

/** In place of a user who is not there yet: nobody's id. */
const NOBODY = ''

/**
 * Invites somebody to become a member, or invites them anew: a link before it no longer counts. Who the address
 * belongs to is registered where nobody is; nothing that is answered tells which of the two it was. A crash
 * before the link is made leaves an invitation to be made anew.
 *
 * @throws Rejection MEMBER_ALREADY, MEMBERS_TOO_MANY, ROLE_NOT_ALLOWED, REVISION_MISMATCH
 */
export async function inviteMember(
  deps: IdentityDeps,
  { email, name, role }: NewMember,
  context: CommandContext,
  options?: HandleOptions,
): Promise<MemberInvitation> {
  const { handler } = deps
  const { organisation, actor: invitedBy } = context
  const repeated = await handler.replay(members, MEMBERS_ID, context)
  if (repeated !== undefined) return repeated
  const expiresAt = linkExpiry('invitation', context.now)
  const asked = { organisation, email, name, role, invitedBy, expiresAt }
  const command = { ...asked, type: 'InviteMember' } as const
  // What is refused is refused before anybody is registered.
  const { state, revision } = await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  refuseOtherRevision(revision, options)
  const there = await userOfEmail(deps, email)
  members.decide({ ...command, userId: there?.userId ?? NOBODY }, state)
  const { userId } = await findOrRegisterUser(deps, { name, email }, context)
  const invite = { ...command, userId }
  const outcome = await handler.handle(members, MEMBERS_ID, invite, context, options)
  // Another process was first: its link is the one that was shown.
  if (outcome.replayed) return outcome
  const link = { userId, purpose: 'invitation', organisation } as const
  // The user may have been registered under the command's own id.
  const step = stepContext(context, stepOf(context.commandId, 'link'))
  return { ...outcome, link: await makeLink(deps, link, step) }
}
