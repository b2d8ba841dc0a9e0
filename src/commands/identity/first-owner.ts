import { randomUUID } from 'node:crypto'
import type { MemberRole } from '#domain/identity/members.ts'
import { type RegisteredUser, user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { CreateOrganisation } from '#domain/organisation/settings.ts'
import type { EventStore } from '#log/event-store.ts'
import { createdBy, uuidFrom } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { createOrganisation, isCreated } from '../organisation/create-organisation.ts'
import { profileOf } from './find-user.ts'
import { grantMembership } from './grant-membership.ts'
import type { IdentityDeps } from './identity-deps.ts'
import { type MadeLink, makeLink } from './make-link.ts'
import { membershipsOf } from './memberships.ts'
import { findOrRegisterUser } from './register-user.ts'

/** The organisation that a first start makes. */
export const FIRST_ORGANISATION = 'main'
const ACTOR = 'process:first-start'
/** Among so many of a user's first events is their first link. */
const FIRST_EVENTS = 100

export interface FirstOwnerDeps
  extends Pick<IdentityDeps, 'handler' | 'keyedHash' | 'credentials' | 'sessions'> {
  readonly log: Pick<EventStore, 'readAll'>
}

/** How the organisation and its owner are called that are made. */
export interface FirstNames {
  readonly ownerEmail: string
  readonly organisation: Omit<CreateOrganisation, 'type' | 'organisation'>
}

export interface FirstLink extends MadeLink {
  /** Whose password it sets, and with which they sign in. */
  readonly email: string
}

/**
 * The link by which the first password is set, a new one each time until somebody has one. Where nobody is a user yet,
 * an organisation is created, and a user who owns it and is the installation's operator too. What a crash leaves of it, a
 * repeat completes, under other names as well: this user has one id, which follows from the installation.
 *
 * @returns undefined when somebody has a password, all users were made otherwise, or this one was let go or signs in
 *   with a provider.
 */
export async function makeFirstLink(
  deps: FirstOwnerDeps,
  names: FirstNames,
  clock: () => string,
): Promise<FirstLink | undefined> {
  if (await deps.credentials.isAnySet()) return undefined
  const found = await findFirstOwner(deps)
  if (found === undefined && (await isAnybodyRegistered(deps))) return undefined
  const context = contextsAt(clock)
  if (found?.wasGivenLink !== true) {
    await makeOwner(deps, names, context)
  } else {
    const isLetGo = (await membershipsOf(deps, found.userId, found.user)).length === 0
    if (isLetGo || found.user.identities.length > 0) return undefined
  }
  const userId = firstOwnerId(deps)
  const { email } = await profileOf(deps, userId)
  const link = await makeLink(deps, { userId, purpose: 'reset' }, context(INSTALLATION))
  return { email, ...link }
}

type Contexts = (organisation: string) => CommandContext

function contextsAt(clock: () => string): Contexts {
  return (organisation) => ({
    organisation,
    actor: ACTOR,
    commandId: randomUUID(),
    correlationId: randomUUID(),
    now: clock(),
  })
}

/** All of it, or what is missing. */
async function makeOwner(
  deps: FirstOwnerDeps,
  { organisation: created, ownerEmail }: FirstNames,
  context: Contexts,
): Promise<void> {
  if (!(await isCreated(deps, FIRST_ORGANISATION))) {
    await createOrganisation(deps, created, context(FIRST_ORGANISATION))
  }
  const userId = firstOwnerId(deps)
  if ((await findFirstOwner(deps)) === undefined) {
    const owner = { name: 'Owner', email: ownerEmail, language: created.language }
    await findOrRegisterUser(
      deps,
      owner,
      { ...context(INSTALLATION), commandId: firstCommandId(deps) },
      userId,
    )
  }
  const profile = await profileOf(deps, userId)
  for (const [organisation, role] of firstRoles) {
    const grant = { userId, organisation, role, ...profile }
    await grantMembership(deps, grant, context(organisation))
  }
}

/** One person can run all of it. The one joined first is where they sign in. */
const firstRoles: readonly (readonly [organisation: string, role: MemberRole])[] = [
  [FIRST_ORGANISATION, 'owner'],
  [INSTALLATION, 'installation'],
]

export interface FirstOwner {
  readonly userId: string
  readonly email: string
  readonly user: RegisteredUser
  /** Then nothing else is missing of the first start. */
  readonly wasGivenLink: boolean
}

/** The user whom a first start made, as far as it came; undefined where there is none. */
export async function findFirstOwner(
  deps: Pick<IdentityDeps, 'handler' | 'keyedHash'>,
): Promise<FirstOwner | undefined> {
  const userId = firstOwnerId(deps)
  const { state } = await deps.handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration !== 'registered') return undefined
  const { email } = await profileOf(deps, userId)
  const history = await deps.handler.history(user, INSTALLATION, userId, FIRST_EVENTS)
  const wasGivenLink = history.some(({ type }) => type === 'UserLinkMade')
  return { userId, email, user: state, wasGivenLink }
}

/** Whether the log has a user at all. */
export async function isAnybodyRegistered({ log }: Pick<FirstOwnerDeps, 'log'>): Promise<boolean> {
  for await (const page of log.readAll({ filter: { types: ['UserRegistered'] }, maxCount: 1 })) {
    if (page.length > 0) return true
  }
  return false
}

/** The same for every process and every start of an installation, and of no other one. */
function firstCommandId({ keyedHash }: Pick<IdentityDeps, 'keyedHash'>): string {
  return uuidFrom('first start', keyedHash('bodyHash', INSTALLATION, 'first start'))
}

function firstOwnerId(deps: Pick<IdentityDeps, 'keyedHash'>): string {
  return createdBy(firstCommandId(deps), 'user')
}
