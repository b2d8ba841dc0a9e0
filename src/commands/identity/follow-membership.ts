import { lookup } from '#domain/fields.ts'
import { type Member, members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { stepContext } from '../operation.ts'
import { type IdentityDeps, MEMBERS_ID, ofInstallation } from './identity-deps.ts'

export type FollowDeps = Pick<IdentityDeps, 'handler'> & {
  readonly credentials: Pick<IdentityDeps['credentials'], 'findInvitation' | 'forgetInvitation'>
  readonly sessions: Pick<IdentityDeps['sessions'], 'changeRole'>
}

interface OfMember {
  readonly userId: string
  readonly organisation: string
}

/**
 * Lets what is kept of a user beside an organisation's members say what these say now: sessions there get the
 * role, or end, where to look when they sign in is noted, or is no more, and a link that invited goes with the
 * invitation. Done again, it changes nothing.
 */
export async function followMembership(
  deps: FollowDeps,
  of: OfMember,
  context: CommandContext,
): Promise<void> {
  const { userId, organisation } = of
  // A link is made after its invitation is recorded: one that is there before nobody is found is of none.
  const link = await deps.credentials.findInvitation(userId, organisation)
  const found = await memberNow(deps, of)
  if (found === undefined && link !== undefined) await deps.credentials.forgetInvitation(link)
  const role = found?.status === 'member' ? found.role : undefined
  const reached = await deps.sessions.changeRole(userId, organisation, role)
  await followNote(deps, of, found, context)
  if (role !== undefined || reached === 0) return
  const revoked = { type: 'NoteSessionsRevoked', userId, cause: 'membership_ended' } as const
  await deps.handler.handle(user, userId, revoked, stepOfUser(context, 'sessions_revoked'))
}

/** Whoever is invited notes it when they accept; somebody who came back meanwhile has it noted again. */
async function followNote(
  deps: FollowDeps,
  of: OfMember,
  found: Member | undefined,
  context: CommandContext,
): Promise<void> {
  const note = (type: 'NoteUserOrganisation' | 'ReleaseUserOrganisationNote') =>
    deps.handler.handle(user, of.userId, { type, ...of }, stepOfUser(context, type))
  if (found?.status === 'member') await note('NoteUserOrganisation')
  if (found !== undefined) return
  await note('ReleaseUserOrganisationNote')
  if ((await memberNow(deps, of)) !== undefined) await note('NoteUserOrganisation')
}

async function memberNow(
  { handler }: Pick<FollowDeps, 'handler'>,
  { userId, organisation }: OfMember,
): Promise<Member | undefined> {
  const { state } = await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  return lookup(state.members, userId)
}

/** Each on the user's stream is a command of its own. */
function stepOfUser(context: CommandContext, step: string): CommandContext {
  return stepContext(ofInstallation(context), stepOf(context.commandId, step))
}
