import { lookup } from '#domain/fields.ts'
import { members } from '#domain/identity/members.ts'
import { checkPassword, normalisedPassword } from '#domain/identity/password-rule.ts'
import { user } from '#domain/identity/user.ts'
import { comparableEmail } from '#domain/identity/user-email.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import type { OneTimeLink } from './credentials.ts'
import { knownUser, type Profile, profileOf } from './find-user.ts'
import { type IdentityDeps, MEMBERS_ID, ofInstallation } from './identity-deps.ts'
import { unlinkAllIdentities } from './link-identity.ts'
import { membershipsOf } from './memberships.ts'
import { addressHash, SignInFailed } from './sign-in.ts'

export interface ByLink {
  readonly token: string
  readonly password: string
  /** Of the network. */
  readonly address: string
}

/**
 * What a one-time link is for: it sets the password, and one that invites makes a member. Whoever invites also
 * had the link, so that it cannot change a password that is there: who has one gives it, and who signs in with
 * a provider instead accepts by that. Nor does it set the first of who is a member elsewhere: they set that
 * otherwise, and give it then. One that resets gives the account to who has it alone: the identities of a provider
 * that were linked are no more, and what a crash leaves of that is completed by using the link again.
 *
 * @returns the e-mail address to sign in with
 * @throws Rejection ONE_TIME_LINK_UNKNOWN, INVITATION_FOR_PROVIDER, SIGN_IN_FAILED, SIGN_IN_SLOWED, and what the
 *   password is refused for
 */
export async function useLink(
  deps: IdentityDeps,
  asked: ByLink,
  contextOf: (userId: string) => CommandContext,
): Promise<Profile> {
  const { credentials, signInLimits } = deps
  const link = await credentials.findLink(asked.token)
  if (link === undefined) throw new Rejection('ONE_TIME_LINK_UNKNOWN')
  // Before anything is hashed, which is dear, and here counted by nothing.
  if (link.purpose === 'invitation') await checkInvitation(deps, link)
  const { userId } = link
  const profile = await profileOf(deps, userId)
  const present = await credentials.passwordOf(userId)
  if (link.purpose === 'invitation' && present === undefined) {
    const { identities } = await knownUser(deps, userId)
    if (identities.length > 0) throw new Rejection('INVITATION_FOR_PROVIDER')
  }
  if (link.purpose === 'invitation' && (present !== undefined || (await isElsewhere(deps, link)))) {
    await prove(deps, asked, link, { profile, phc: present })
    await acceptInvitation(deps, link, contextOf(userId))
    if (!(await credentials.useLink(asked.token))) throw new Rejection('ONE_TIME_LINK_UNKNOWN')
    return profile
  }
  checkPassword(asked.password, profile)
  const phc = await deps.passwordHashing.hash(normalisedPassword(asked.password))
  if (link.purpose === 'invitation') await acceptInvitation(deps, link, contextOf(userId))
  else await unlinkAllIdentities(deps, userId, contextOf(userId))
  const note = { type: 'NoteUserPassword', userId, by: 'link' } as const
  await deps.handler.handle(user, userId, note, ofInstallation(contextOf(userId)))
  const none = link.purpose === 'invitation' ? { present: { phc: undefined } } : {}
  // Either the link is not good any more, or they have a password by now: it is looked at anew which.
  if (!(await credentials.setPassword({ userId, phc, link: asked.token, ...none }))) {
    return useLink(deps, asked, contextOf)
  }
  if (link.purpose === 'invitation') await checkFirstPassword(deps, link, phc)
  // Until now somebody who was signed in could link one again.
  else await unlinkAllIdentities(deps, userId, contextOf(userId))
  await signInLimits.trust(userId, addressHash(deps, asked.address))
  // Until it was set, who knew the one before could change the address.
  return profileOf(deps, userId)
}

/**
 * While it was hashed they may have linked a provider, or become a member elsewhere: that is in the log, and not
 * where passwords are. So it is asked once more when it is set. Who accepts by the provider asks for a password
 * once linked, so that one of the two sees the other.
 *
 * @throws Rejection ONE_TIME_LINK_UNKNOWN
 */
async function checkFirstPassword(
  deps: IdentityDeps,
  link: OneTimeLink,
  phc: string,
): Promise<void> {
  const { identities } = await knownUser(deps, link.userId)
  if (identities.length === 0 && !(await isElsewhere(deps, link))) return
  await deps.credentials.takeBack(link.userId, phc)
  throw new Rejection('ONE_TIME_LINK_UNKNOWN')
}

/** Whether they are a member where they are not invited: who set their password could sign in there as well. */
async function isElsewhere(deps: IdentityDeps, link: OneTimeLink): Promise<boolean> {
  const memberships = await membershipsOf(deps, link.userId, await knownUser(deps, link.userId))
  return memberships.some(({ organisation }) => organisation !== link.organisation)
}

/** @throws Rejection SIGN_IN_FAILED, SIGN_IN_SLOWED */
async function prove(
  deps: IdentityDeps,
  { password, address }: ByLink,
  { userId, organisation }: OneTimeLink,
  { profile, phc }: { readonly profile: Profile; readonly phc: string | undefined },
): Promise<void> {
  const counted = await deps.signInLimits.attempt({
    account: deps.keyedHash('signIn', 'account', comparableEmail(profile.email)),
    address: addressHash(deps, address),
    userId,
  })
  const { matches } = await deps.passwordHashing.verify(normalisedPassword(password), phc)
  if (!matches) {
    const organisations = organisation === undefined ? [] : [organisation]
    throw new SignInFailed({ userId, user: { organisations } }, organisation)
  }
  await counted.succeeded(userId)
}

type Invited = Pick<OneTimeLink, 'userId' | 'organisation'>

/** @throws Rejection ONE_TIME_LINK_UNKNOWN when the invitation was withdrawn. */
async function checkInvitation(
  { handler }: Pick<IdentityDeps, 'handler'>,
  { userId, organisation = '' }: Invited,
): Promise<void> {
  const { state } = await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  if (lookup(state.members, userId) === undefined) throw new Rejection('ONE_TIME_LINK_UNKNOWN')
}

/** @throws Rejection ONE_TIME_LINK_UNKNOWN when the invitation was withdrawn. */
export async function acceptInvitation(
  deps: Pick<IdentityDeps, 'handler'>,
  { userId, organisation = '' }: Invited,
  context: CommandContext,
): Promise<void> {
  const { handler } = deps
  await checkInvitation(deps, { userId, organisation })
  const note = { type: 'NoteUserOrganisation', userId, organisation } as const
  await handler.handle(user, userId, note, ofInstallation(context))
  const accept = { type: 'AcceptInvitation', userId, organisation } as const
  await handler.handle(members, MEMBERS_ID, accept, { ...context, organisation })
}

export interface PasswordChange {
  readonly userId: string
  /** Goes on; all others end. */
  readonly sessionId: string
  readonly password: string
  readonly newPassword: string
  readonly address: string
}

/** @throws Rejection what `provePassword` throws, and what the new password is refused for */
export async function changePassword(
  deps: IdentityDeps,
  change: PasswordChange,
  context: CommandContext,
): Promise<void> {
  const { userId, sessionId, newPassword } = change
  const { credentials, passwordHashing } = deps
  checkPassword(newPassword, await profileOf(deps, userId), 'newPassword')
  const phc = await provePassword(deps, change)
  const next = await passwordHashing.hash(normalisedPassword(newPassword))
  const note = { type: 'NoteUserPassword', userId, by: 'password' } as const
  await deps.handler.handle(user, userId, note, ofInstallation(context))
  const set = { userId, phc: next, present: { phc }, exceptSession: sessionId }
  // What was proved is not the present one any more: it is proved anew, or is wrong by now.
  if (!(await credentials.setPassword(set))) await changePassword(deps, change, context)
}

/**
 * Whoever holds a session says the present password before what would outlast it.
 *
 * @returns what was proved, as a PHC string
 * @throws Rejection PASSWORD_NOT_SET for who signs in with the provider alone; PASSWORD_WRONG, SIGN_IN_SLOWED
 */
export async function provePassword(
  deps: IdentityDeps,
  { userId, password, address }: Pick<PasswordChange, 'userId' | 'password' | 'address'>,
): Promise<string> {
  const phc = await deps.credentials.passwordOf(userId)
  if (phc === undefined) throw new Rejection('PASSWORD_NOT_SET', {}, 'password')
  const counted = await deps.signInLimits.attempt({
    account: deps.keyedHash('signIn', 'change', userId),
    address: addressHash(deps, address),
    userId,
  })
  const { matches } = await deps.passwordHashing.verify(normalisedPassword(password), phc)
  if (!matches) throw new Rejection('PASSWORD_WRONG', {}, 'password')
  await counted.succeeded(userId)
  return phc
}
