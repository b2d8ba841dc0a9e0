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
 * otherwise, and give it then.
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
  const note = { type: 'NoteUserPassword', userId, by: 'link' } as const
  await deps.handler.handle(user, userId, note, ofInstallation(contextOf(userId)))
  const isDone = await credentials.setPassword({ userId, phc, link: asked.token })
  if (!isDone) throw new Rejection('ONE_TIME_LINK_UNKNOWN')
  await signInLimits.trust(userId, addressHash(deps, asked.address))
  return profile
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

/** @throws Rejection ONE_TIME_LINK_UNKNOWN when the invitation was withdrawn. */
export async function acceptInvitation(
  { handler }: Pick<IdentityDeps, 'handler'>,
  { userId, organisation = '' }: Pick<OneTimeLink, 'userId' | 'organisation'>,
  context: CommandContext,
): Promise<void> {
  const { state } = await handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  if (lookup(state.members, userId) === undefined) throw new Rejection('ONE_TIME_LINK_UNKNOWN')
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
  await provePassword(deps, change)
  const next = await passwordHashing.hash(normalisedPassword(newPassword))
  const note = { type: 'NoteUserPassword', userId, by: 'password' } as const
  await deps.handler.handle(user, userId, note, ofInstallation(context))
  await credentials.setPassword({ userId, phc: next, exceptSession: sessionId })
}

/**
 * Whoever holds a session says the present password before what would outlast it.
 *
 * @throws Rejection PASSWORD_NOT_SET for who signs in with the provider alone; PASSWORD_WRONG, SIGN_IN_SLOWED
 */
export async function provePassword(
  deps: IdentityDeps,
  { userId, password, address }: Pick<PasswordChange, 'userId' | 'password' | 'address'>,
): Promise<void> {
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
}
