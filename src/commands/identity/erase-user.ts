import { lookup } from '#domain/fields.ts'
import { members } from '#domain/identity/members.ts'
import { type UserErasureReason, user } from '#domain/identity/user.ts'
import { comparableEmail, userEmail } from '#domain/identity/user-email.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { endMembership } from './end-membership.ts'
import { emailId, emailsOf } from './find-user.ts'
import { followMembership } from './follow-membership.ts'
import { type IdentityDeps, MEMBERS_ID, ofInstallation } from './identity-deps.ts'

export interface UserErasureDeps extends Pick<IdentityDeps, 'handler' | 'keyedHash'> {
  readonly keyRing: Pick<KeyRing, 'destroy'>
  readonly credentials: Pick<IdentityDeps['credentials'], 'forget'>
  readonly sessions: Pick<IdentityDeps['sessions'], 'changeRole' | 'endAll'>
  readonly signInLimits: Pick<IdentityDeps['signInLimits'], 'forget'>
  /** Organisations, the installation among them, that know a user or knew them: who is only invited is noted on no user. */
  readonly findKnowing: (userId: string) => Promise<readonly string[]>
}

/**
 * Erases a user: once this returns they are a member nowhere, nothing signs them in, nobody can read their name
 * and e-mail address, and the address may be another's. Refused while they are the last owner of an organisation,
 * with nothing done yet. What a crash leaves of it a repeat completes, and from the event on a process.
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
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration === 'registered') {
    const knowing = new Set([...state.organisations, ...(await deps.findKnowing(userId))])
    await endMemberships(deps, userId, [...knowing], context)
  }
  // The one that they are found by may be claimed only, by a change that a crash cut off.
  const had = (await emailsOf(deps, userId)).map((one) => emailId(deps, one))
  const emailIds = [...new Set([...had, id])]
  const command = { type: 'EraseUser', userId, reason, emailIds } as const
  await handler.handle(user, userId, command, ofInstallation(context))
  await forgetUser(deps, userId, context)
  return { userId }
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

/** In all of these organisations, or in none. @throws Rejection USER_LAST_OWNER */
async function endMemberships(
  deps: UserErasureDeps,
  userId: string,
  organisations: readonly string[],
  context: CommandContext,
): Promise<void> {
  const ending: string[] = []
  for (const organisation of organisations) {
    if (await mayEnd(deps, userId, organisation)) ending.push(organisation)
  }
  for (const organisation of organisations) {
    const commandId = stepOf(context.commandId, `leave ${organisation}`)
    const there = { ...context, organisation, commandId }
    if (ending.includes(organisation)) await endMembership(deps, userId, there)
    else await followMembership(deps, { userId, organisation }, there)
  }
}

/** False where they are no member, nor invited. @throws Rejection USER_LAST_OWNER */
async function mayEnd(
  { handler }: UserErasureDeps,
  userId: string,
  organisation: string,
): Promise<boolean> {
  const { state } = await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  if (lookup(state.members, userId) === undefined) return false
  try {
    members.decide({ type: 'EndMembership', organisation, userId }, state)
    return true
  } catch (error) {
    if (!(error instanceof Rejection) || error.code !== 'LAST_OWNER') throw error
    throw new Rejection('USER_LAST_OWNER', { organisation })
  }
}
