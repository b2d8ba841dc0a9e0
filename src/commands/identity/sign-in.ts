import { normalisedPassword } from '#domain/identity/password-rule.ts'
import type { RegisteredUser } from '#domain/identity/user.ts'
import { comparableEmail } from '#domain/identity/user-email.ts'
import { Rejection } from '#domain/rejection.ts'
import { type FoundUser, userOfEmail } from './find-user.ts'
import type { IdentityDeps } from './identity-deps.ts'
import { type Membership, membershipsOf } from './memberships.ts'
import type { Session, SignInMethod, Tokens } from './sessions.ts'

export interface SignIn {
  readonly email: string
  readonly password: string
  /** Where; default: the organisation that they joined first. */
  readonly organisation?: string | undefined
  /** Of the network. */
  readonly address: string
}

export interface SignedIn {
  readonly session: Session
  readonly tokens: Tokens
  readonly memberships: readonly Membership[]
}

/** Somebody failed to sign in; who they tried to be is for the record, and not for the answer. */
export class SignInFailed extends Rejection {
  readonly userId: string | undefined
  /** Whose record tells of it: the one named, or the first they joined. */
  readonly organisation: string | undefined

  constructor(
    found:
      | { readonly userId: string; readonly user: Pick<RegisteredUser, 'organisations'> }
      | undefined,
    named: string | undefined,
    code: 'SIGN_IN_FAILED' | 'IDENTITY_UNKNOWN' = 'SIGN_IN_FAILED',
  ) {
    super(code)
    this.userId = found?.userId
    const organisations = found?.user.organisations ?? []
    this.organisation = organisations.find((one) => one === named) ?? organisations[0]
  }
}

/**
 * @throws SignInFailed with the same answer, after the same work, for an account that is not there and a
 *   password that is wrong; Rejection SIGN_IN_SLOWED, MEMBERSHIP_REQUIRED.
 */
export async function signIn(deps: IdentityDeps, asked: SignIn): Promise<SignedIn> {
  const { email, password, organisation, address } = asked
  const { credentials, keyedHash, passwordHashing, signInLimits } = deps
  const found = await userOfEmail(deps, email)
  const counted = await signInLimits.attempt({
    account: keyedHash('signIn', 'account', comparableEmail(email)),
    address: addressHash(deps, address),
    userId: found?.userId,
  })
  const phc = await credentials.passwordOf(found?.userId ?? '')
  const normalised = normalisedPassword(password)
  const { matches, isOutdated } = await passwordHashing.verify(normalised, phc)
  if (found === undefined || phc === undefined || !matches) {
    throw new SignInFailed(found, organisation)
  }
  const { userId } = found
  await counted.succeeded(userId)
  const present = isOutdated ? await passwordHashing.hash(normalised) : phc
  if (isOutdated) await credentials.rehash(userId, phc, present)
  const { of, memberships } = await whereOf(deps, found, organisation)
  const begun = await deps.sessions.beginByPassword({ ...of, signedInBy: 'password' }, present)
  // Another was set meanwhile, or the same hashed anew by another sign-in: what is there now says which.
  return begun === undefined ? signIn(deps, asked) : { ...begun, memberships }
}

/** Keyed, so that nobody can be known by it. */
export function addressHash(
  { keyedHash }: Pick<IdentityDeps, 'keyedHash'>,
  address: string,
): string {
  return keyedHash('signIn', 'address', address)
}

/** For who has proved who they are. @throws Rejection MEMBERSHIP_REQUIRED */
export async function beginSession(
  deps: IdentityDeps,
  found: FoundUser,
  organisation: string | undefined,
  signedInBy: SignInMethod,
): Promise<SignedIn> {
  const { of, memberships } = await whereOf(deps, found, organisation)
  return { ...(await deps.sessions.begin({ ...of, signedInBy })), memberships }
}

/** What a session says of who is signed in there. @throws Rejection MEMBERSHIP_REQUIRED */
async function whereOf(
  deps: IdentityDeps,
  { userId, user }: FoundUser,
  organisation: string | undefined,
) {
  const memberships = await membershipsOf(deps, userId, user)
  const language = user.language ?? undefined
  return { of: { ...chosen(memberships, organisation), userId, language }, memberships }
}

/** @throws Rejection MEMBERSHIP_REQUIRED, be there such an organisation or not. */
function chosen(memberships: readonly Membership[], named: string | undefined) {
  const found =
    named === undefined
      ? memberships[0]
      : memberships.find(({ organisation }) => organisation === named)
  if (found === undefined) throw new Rejection('MEMBERSHIP_REQUIRED')
  const { organisation, role } = found
  return { organisation, role }
}

/**
 * A person who is signed in goes on in another of their organisations: it is the same session, which ends when it
 * would have, so that however often they ask, they have one.
 *
 * @returns undefined when it has ended meanwhile.
 * @throws Rejection MEMBERSHIP_REQUIRED
 */
export async function switchOrganisation(
  deps: IdentityDeps,
  found: FoundUser,
  sessionId: string,
  organisation: string,
): Promise<SignedIn | undefined> {
  const { of, memberships } = await whereOf(deps, found, organisation)
  const gone = await deps.sessions.goOn(sessionId, of)
  return gone && { ...gone, memberships }
}
