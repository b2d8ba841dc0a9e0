import { lookup } from '#domain/fields.ts'
import { isLastOwner, type Members, members } from '#domain/identity/members.ts'
import { type UserErasureReason, user } from '#domain/identity/user.ts'
import { comparableEmail, userEmail } from '#domain/identity/user-email.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { isBecomingMember } from './becoming-member.ts'
import { endMembership } from './end-membership.ts'
import { emailId, emailsOf } from './find-user.ts'
import { type FollowDeps, followMembership } from './follow-membership.ts'
import { type IdentityDeps, MEMBERS_ID, ofInstallation } from './identity-deps.ts'

export interface UserErasureDeps extends Pick<IdentityDeps, 'handler' | 'keyedHash'> {
  readonly keyRing: Pick<KeyRing, 'destroy'>
  readonly credentials: FollowDeps['credentials'] & Pick<IdentityDeps['credentials'], 'forget'>
  readonly sessions: Pick<IdentityDeps['sessions'], 'changeRole' | 'endAll'>
  readonly signInLimits: Pick<IdentityDeps['signInLimits'], 'forget'>
  /**
   * Organisations, the installation among them, that know a user or knew them: who is only invited is noted on
   * no user.
   */
  readonly findKnowing: (userId: string) => Promise<readonly string[]>
}

/**
 * Erases a user: once this returns they are a member nowhere, nothing signs them in, nobody can read their name
 * and e-mail address, and the address may be another's. Refused while they are the last owner of an organisation,
 * or somebody is making them a member at this moment, with nothing done yet. What a crash leaves of it a repeat
 * completes, and from the event on a process.
 *
 * @throws Rejection USER_UNKNOWN, USER_LAST_OWNER, USER_STILL_MEMBER
 */
export async function eraseUser(
  deps: UserErasureDeps,
  { email, reason }: { readonly email: string; readonly reason: UserErasureReason },
  context: CommandContext,
): Promise<{ readonly userId: string }> {
  const { handler } = deps
  const id = emailId(deps, email)
  const claim = await handler.load(userEmail, INSTALLATION, id, { age: 'now' })
  const userId = claim.state.owner
  if (userId === undefined) throw new Rejection('USER_UNKNOWN')
  await leave(deps, userId, context)
  // The one that they are found by may be claimed only, by a change that a crash cut off.
  const had = (await emailsOf(deps, userId)).map((one) => emailId(deps, one))
  const emailIds = [...new Set([...had, id])]
  const command = { type: 'EraseUser', userId, reason, emailIds } as const
  await handler.handle(user, userId, command, ofInstallation(context))
  await forgetUser(deps, userId, context)
  return { userId }
}

/**
 * Erases anew whom a backup of before brought back: their keys are destroyed, so that nothing is known of them but
 * their id and what they claimed. No organisation keeps them. @returns those that nobody owns any more
 */
export async function eraseUserAgain(
  deps: UserErasureDeps,
  { userId, emailIds }: { readonly userId: string; readonly emailIds: readonly string[] },
  context: CommandContext,
): Promise<readonly string[]> {
  const { handler } = deps
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration !== 'registered') return []
  const knowing = [...new Set([...state.organisations, ...(await deps.findKnowing(userId))])]
  const owned = await Promise.all(
    knowing.map(async (one) => isLastOwner(await membersOf(deps, one), userId)),
  )
  await endMemberships(deps, userId, knowing, context)
  // Why it was, the list of erasures does not say: only that they are gone.
  const command = { type: 'EraseUser', userId, reason: 'left', emailIds } as const
  await handler.handle(user, userId, command, ofInstallation(context))
  await forgetUser(deps, userId, context)
  return knowing.filter((_, i) => owned[i])
}

/** What follows from the event. Safe to repeat; addresses come last, since a repeat finds them by one. */
export async function forgetUser(
  deps: UserErasureDeps,
  userId: string,
  context: CommandContext,
): Promise<void> {
  const { handler, keyRing } = deps
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration !== 'erased') return
  await forgetSignIn(deps, userId)
  const own = ofInstallation(context)
  for (const { identity } of state.identities) {
    await handler.handle(userIdentity, identity, { type: 'ReleaseUserIdentity', userId }, own)
  }
  const knowing = await deps.findKnowing(userId)
  const held = [...new Set([INSTALLATION, ...knowing])]
  await keyRing.destroy(...held.map((organisation) => subjectOf(organisation, userId)))
  await endMemberships(deps, userId, knowing, context)
  for (const id of state.emailIds) {
    await handler.handle(userEmail, id, { type: 'ReleaseUserEmail', userId }, own)
  }
}

/** Attempts are counted by the address, so that they go before it cannot be read any more. */
async function forgetSignIn(deps: UserErasureDeps, userId: string): Promise<void> {
  const { credentials, keyedHash, sessions, signInLimits } = deps
  const emails = await emailsOf(deps, userId)
  await credentials.forget(userId)
  await sessions.endAll(userId)
  await signInLimits.forget(userId, [
    ...emails.map((email) => keyedHash('signIn', 'account', comparableEmail(email))),
    keyedHash('signIn', 'change', userId),
    keyedHash('signIn', 'email', userId),
  ])
}

/**
 * Ends their memberships and invitations in all organisations, or in none. Who is being made a member at this moment
 * keeps the note of it, by which the erasure is refused: else they would become one as somebody who is erased.
 *
 * @throws Rejection USER_LAST_OWNER, USER_STILL_MEMBER
 */
async function leave(
  deps: UserErasureDeps,
  userId: string,
  context: CommandContext,
): Promise<void> {
  const { state } = await deps.handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration !== 'registered') return
  const noted = state.organisations
  const ending: string[] = []
  for (const organisation of new Set([...noted, ...(await deps.findKnowing(userId))])) {
    const found = await membersOf(deps, organisation)
    if (isLastOwner(found, userId)) throw new Rejection('USER_LAST_OWNER', { organisation })
    if (lookup(found.members, userId) !== undefined) ending.push(organisation)
  }
  const left = noted.filter((organisation) => !ending.includes(organisation))
  for (const organisation of left) {
    const isComing = await isBecomingMember(deps, { userId, organisation }, context.now)
    if (isComing) throw new Rejection('USER_STILL_MEMBER', { organisation })
  }
  for (const organisation of ending) {
    await endMembership(deps, userId, inOrganisation(context, organisation))
  }
  for (const organisation of left) {
    await followMembership(deps, { userId, organisation }, inOrganisation(context, organisation))
  }
}

/** Of who is erased, in all of these organisations, also where nobody else is an owner. */
async function endMemberships(
  deps: UserErasureDeps,
  userId: string,
  organisations: readonly string[],
  context: CommandContext,
): Promise<void> {
  for (const organisation of organisations) {
    const there = inOrganisation(context, organisation)
    const found = await membersOf(deps, organisation)
    if (lookup(found.members, userId) !== undefined) {
      const command = { type: 'EndMembership', organisation, userId, isErased: true } as const
      await deps.handler.handle(members, MEMBERS_ID, command, there)
    }
    await followMembership(deps, { userId, organisation }, there)
  }
}

function inOrganisation(context: CommandContext, organisation: string): CommandContext {
  return { ...context, organisation, commandId: stepOf(context.commandId, `leave ${organisation}`) }
}

async function membersOf(
  { handler }: Pick<UserErasureDeps, 'handler'>,
  organisation: string,
): Promise<Members> {
  return (await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })).state
}
