import { lookup } from '#domain/fields.ts'
import { members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import { type FoundUser, knownUser, userOfEmail } from './find-user.ts'
import { type IdentityDeps, MEMBERS_ID } from './identity-deps.ts'
import {
  type BegunSignIn,
  type IdentityProvider,
  type ProvenIdentity,
  ProviderRefused,
  ProviderUnavailable,
} from './identity-provider.ts'
import { identityId, linkIdentity } from './link-identity.ts'
import { acceptInvitation } from './set-password.ts'
import { addressHash, beginSession, type SignedIn, SignInFailed } from './sign-in.ts'

/** For so long a sign-in with the provider may take. */
export const BEGUN_MINUTES = 10

/** What is remembered of a sign-in with the provider, until the person comes back. */
export interface BegunWithProvider extends BegunSignIn {
  /** Where; default: the organisation that they joined first. */
  readonly organisation?: string | undefined
  /** Who was signed in already, and wants to sign in with the provider from now on. */
  readonly link?: { readonly userId: string; readonly sessionId: string } | undefined
}

export interface ProviderSignIn {
  /** The query with which the person came back. */
  readonly answer: URLSearchParams
  readonly begun: BegunWithProvider
  /** Of the network. */
  readonly address: string
}

type Deps = IdentityDeps & { readonly identityProvider: IdentityProvider }
type ContextOf = (userId: string) => CommandContext

/**
 * Signs in whom the provider proves somebody to be, and links them before where that was begun, or may be. Who is
 * invited where they sign in, and has no password, accepts by it.
 *
 * @throws Rejection SIGN_IN_DECLINED, IDENTITY_NOT_PROVED, IDENTITY_TAKEN, IDENTITY_ALREADY_LINKED,
 *   MEMBERSHIP_REQUIRED, SIGN_IN_SLOWED; SignInFailed with IDENTITY_UNKNOWN; ProviderUnavailable.
 */
export async function signInWithProvider(
  deps: Deps,
  asked: ProviderSignIn,
  contextOf: ContextOf,
): Promise<SignedIn> {
  const { begun, address } = asked
  const counted = await deps.signInLimits.attempt({
    account: deps.keyedHash('signIn', 'begun', begun.state),
    address: addressHash(deps, address),
    userId: undefined,
  })
  const proven = await proved(deps, asked).catch(async (error: unknown) => {
    if (error instanceof ProviderUnavailable) await counted.withdrawn()
    throw error
  })
  const userId =
    begun.link === undefined
      ? await userOf(deps, proven, begun, contextOf)
      : await linkTo(deps, proven, begun.link, contextOf)
  await counted.succeeded(userId)
  await acceptInvitationTo(deps, userId, begun.organisation, contextOf)
  const found = { userId, user: await knownUser(deps, userId) }
  const signedIn = await beginSession(deps, found, begun.organisation, 'provider')
  if (await isLinked(deps, userId, identityId(deps, proven))) return signedIn
  // It was unlinked meanwhile, by which all sessions ended: this one may have begun after that.
  await deps.sessions.end(userId, signedIn.session.sessionId)
  throw new SignInFailed(found, begun.organisation, 'IDENTITY_UNKNOWN')
}

async function isLinked({ handler }: Deps, userId: string, identity: string): Promise<boolean> {
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  const known = state.registration === 'registered' ? state.identities : []
  return known.some((one) => one.identity === identity)
}

async function proved(
  { identityProvider }: Deps,
  { answer, begun }: ProviderSignIn,
): Promise<ProvenIdentity> {
  try {
    return await identityProvider.finish(answer, begun)
  } catch (error) {
    if (!(error instanceof ProviderRefused)) throw error
    const { declined } = error
    throw declined === undefined
      ? new Rejection('IDENTITY_NOT_PROVED')
      : new Rejection('SIGN_IN_DECLINED', { error: declined })
  }
}

/** @throws SignInFailed */
async function userOf(
  deps: Deps,
  proven: ProvenIdentity,
  { organisation }: BegunWithProvider,
  contextOf: ContextOf,
): Promise<string> {
  const identity = identityId(deps, proven)
  const { handler } = deps
  const claim = await handler.load(userIdentity, INSTALLATION, identity, { age: 'now' })
  const { owner } = claim.state
  if (owner !== undefined && (await isLinked(deps, owner, identity))) return owner
  const { email, isEmailVerified } = proven
  const found = email !== undefined && isEmailVerified ? await userOfEmail(deps, email) : undefined
  const isFree = owner === undefined || owner === found?.userId
  if (found === undefined || !isFree || !(await isKnownByEmail(deps, found, proven))) {
    throw new SignInFailed(found, organisation, 'IDENTITY_UNKNOWN')
  }
  await linkIdentity(deps, found.userId, proven, 'email', contextOf(found.userId))
  return found.userId
}

/**
 * Whether an address that the provider says is theirs makes somebody a user: only where whoever runs the
 * installation trusts it with that, and only somebody who has no other way to sign in yet. Otherwise whoever gets
 * hold of an address there, or is given one that was another's, would take the account over.
 */
async function isKnownByEmail(
  { identityProvider, credentials }: Deps,
  { userId, user }: FoundUser,
  { issuer }: ProvenIdentity,
): Promise<boolean> {
  if (!identityProvider.isTrustedWithEmail) return false
  if (user.identities.some((one) => one.issuer === issuer)) return false
  return (await credentials.passwordOf(userId)) === undefined
}

/**
 * While the session goes on in which it was begun: whoever gives the account to somebody else ends that, and so either
 * comes before this or finds what was linked.
 *
 * @throws Rejection SIGN_IN_NOT_BEGUN when the session has ended meanwhile; what `linkIdentity` throws
 */
async function linkTo(
  deps: Deps,
  proven: ProvenIdentity,
  { userId, sessionId }: NonNullable<BegunWithProvider['link']>,
  contextOf: ContextOf,
): Promise<string> {
  const isLinked = await deps.sessions.whileSignedIn(userId, sessionId, () =>
    linkIdentity(deps, userId, proven, 'session', contextOf(userId)),
  )
  if (!isLinked) throw new Rejection('SIGN_IN_NOT_BEGUN', { minutes: BEGUN_MINUTES })
  return userId
}

/**
 * Who has a password accepts by the link and that: they may have any address that was free, so that an invitation to
 * it proves nothing without the link. Who has none cannot have changed theirs.
 */
async function acceptInvitationTo(
  deps: Deps,
  userId: string,
  organisation: string | undefined,
  contextOf: ContextOf,
): Promise<void> {
  if (organisation === undefined) return
  const { state } = await deps.handler.load(members, organisation, MEMBERS_ID, { age: 'now' })
  if (lookup(state.members, userId)?.status !== 'invited') return
  if ((await deps.credentials.passwordOf(userId)) !== undefined) return
  if (!(await deps.credentials.isInvited(userId, organisation))) return
  await acceptInvitation(deps, { userId, organisation }, contextOf(userId))
  await deps.credentials.useInvitation(userId, organisation)
}
