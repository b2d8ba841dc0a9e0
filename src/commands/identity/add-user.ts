import type { MemberRole } from '#domain/identity/members.ts'
import type { Language } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import { isCreated } from '../organisation/create-organisation.ts'
import { knownUser, userOfEmail } from './find-user.ts'
import { grantMembership } from './grant-membership.ts'
import type { IdentityDeps } from './identity-deps.ts'
import { type MadeLink, makeLink } from './make-link.ts'
import { findOrRegisterUser } from './register-user.ts'

export interface AddedUser {
  readonly userId: string
  /** By which they set their password; undefined for who can sign in already. */
  readonly link: MadeLink | undefined
}

/**
 * Makes a user, or one that is there already, a member of an organisation or the installation's operator. Who can
 * sign in already may be anybody who took the address: they become one only if they are said to be `isExisting`. What
 * a crash leaves of it, a repeat completes: the link is the last of it.
 *
 * @throws Rejection ORGANISATION_UNKNOWN, USER_SIGNS_IN_ALREADY, and what `grantMembership` throws
 */
export async function addUser(
  deps: IdentityDeps,
  added: {
    readonly email: string
    readonly name: string
    readonly organisation: string
    readonly role: MemberRole
    readonly language?: Language | undefined
    /** That they can sign in already is known. */
    readonly isExisting?: boolean | undefined
  },
  context: CommandContext,
): Promise<AddedUser> {
  const { email, name, organisation, role, language, isExisting = false } = added
  if (organisation !== INSTALLATION && !(await isCreated(deps, organisation))) {
    throw new Rejection('ORGANISATION_UNKNOWN', { organisation }, 'organisation')
  }
  const { userId } = await findOrRegisterUser(deps, { name, email, language }, context)
  const signsIn = await canSignIn(deps, userId)
  if (signsIn && !isExisting) throw new Rejection('USER_SIGNS_IN_ALREADY')
  await grantMembership(deps, { userId, organisation, role, name, email }, context)
  return { userId, link: signsIn ? undefined : await resetLink(deps, userId, context) }
}

async function canSignIn(deps: IdentityDeps, userId: string): Promise<boolean> {
  if ((await deps.credentials.passwordOf(userId)) !== undefined) return true
  return (await knownUser(deps, userId)).identities.length > 0
}

/**
 * A link by which a user sets the password, who may have forgotten it, or may not have been who was meant: whoever
 * uses it is then the only one who can sign in.
 *
 * @throws Rejection USER_UNKNOWN
 */
export async function resetUser(
  deps: IdentityDeps,
  email: string,
  context: CommandContext,
): Promise<AddedUser> {
  const found = await userOfEmail(deps, email)
  if (found === undefined) throw new Rejection('USER_UNKNOWN')
  return { userId: found.userId, link: await resetLink(deps, found.userId, context) }
}

function resetLink(deps: IdentityDeps, userId: string, context: CommandContext): Promise<MadeLink> {
  return makeLink(deps, { userId, purpose: 'reset' }, context)
}
