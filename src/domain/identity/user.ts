import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, impersonal, millisecond, personal } from '../event-schema.ts'
import { changes, present } from '../fields.ts'
import { language } from '../organisation/settings.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// Users stand in the log under `INSTALLATION`. No password, token or hash of one is ever an event's.

const name = personal('userId', z.string().min(1).max(200))
const email = personal('userId', z.string().min(3).max(254))
/** What a one-time link lets its holder do. */
export const linkPurpose = z.enum(['reset', 'invitation'])
export const passwordSetBy = z.enum(['link', 'password'])
/** The provider says that the user's e-mail address is theirs; or they were signed in. */
export const identityLinkedBy = z.enum(['email', 'session'])
const issuer = impersonal(
  'the address of a provider that the installation is configured with',
  z.string().min(1).max(512),
)
export const revocationCause = z.enum([
  'asked',
  'password_set',
  'refresh_token_reused',
  'membership_ended',
])
/** In words of our own; no text, since it could be about the person. */
export const userErasureReason = z.enum([
  'left',
  'asked_by_person',
  'duplicate',
  'entered_by_mistake',
])

export const userEvents = {
  UserRegistered: z.object({
    userId: identifier,
    name,
    /** Unique in the installation; held by a claim. */
    email,
    /** What the person chose to be answered in. */
    language: language.optional(),
  }),
  /** Fields that are absent stay as they were; `null` clears one. */
  UserDetailsChanged: z.object({
    userId: identifier,
    name: name.optional(),
    language: language.nullable().optional(),
  }),
  /** With which they sign in from now on; held by a claim. */
  UserEmailChanged: z.object({ userId: identifier, email }),
  /** They are about to become a member there, or to be invited: where to look when they sign in. */
  UserOrganisationNoted: z.object({ userId: identifier, organisation: identifier }),
  /** They are a member there no longer. */
  UserOrganisationNoteReleased: z.object({ userId: identifier, organisation: identifier }),
  /** A one-time link was made for them: one before it with the same purpose no longer counts. */
  UserLinkMade: z.object({
    userId: identifier,
    purpose: linkPurpose,
    /** That invites. */
    organisation: identifier.optional(),
    expiresAt: millisecond,
  }),
  /** The password is set because of this: by whoever had the link, or knew the one before. */
  UserPasswordSet: z.object({ userId: identifier, by: passwordSetBy }),
  /** Their sessions were ended, or the one that is named. Signing out is no revocation. */
  UserSessionsRevoked: z.object({
    userId: identifier,
    sessionId: identifier.optional(),
    cause: revocationCause,
  }),
  /** From now on whoever a provider of identities knows as this subject is this user. */
  UserIdentityLinked: z.object({
    userId: identifier,
    /** Keyed hash of issuer and subject, by which it is claimed. */
    identity: identifier,
    issuer,
    /** By which the provider knows them. */
    subject: personal('userId', z.string().min(1).max(255)),
    by: identityLinkedBy,
  }),
  /** Their sessions have ended with it, but for the one that asked. */
  UserIdentityUnlinked: z.object({ userId: identifier, identity: identifier }),
  /**
   * Their keys are destroyed because of it, and nothing more is recorded of them; nothing is left that signs
   * them in.
   */
  UserErased: z.object({
    userId: identifier,
    reason: userErasureReason,
    /** Keyed hashes of the e-mail addresses that they had, by which these were claimed: they are released. */
    emailIds: z.array(identifier).min(1),
  }),
} as const
export type UserEvent = EventsOf<typeof userEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Nothing personal.

export type LinkPurpose = z.output<typeof linkPurpose>
export type UserErasureReason = z.output<typeof userErasureReason>
export type RevocationCause = z.output<typeof revocationCause>
export type Language = z.output<typeof language>

export type User =
  | { readonly registration: 'none' }
  | ({ readonly registration: 'registered' } & RegisteredUser)
  | ({ readonly registration: 'erased' } & ErasedUser)

export interface RegisteredUser {
  readonly language?: Language | null | undefined
  /** Where they are, or were about to become, a member; the first they joined comes first. */
  readonly organisations: readonly string[]
  /** By which they sign in with a provider: one of each issuer. */
  readonly identities: readonly LinkedIdentity[]
}

/** What they claimed, to be released. */
export interface ErasedUser {
  readonly emailIds: readonly string[]
  readonly identities: readonly LinkedIdentity[]
}

export interface LinkedIdentity {
  readonly identity: string
  readonly issuer: string
}

type Registered = Extract<User, { readonly registration: 'registered' }>

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: User, event: UserEvent): User => {
  if (event.type === 'UserRegistered') {
    const { language } = event.data
    return { registration: 'registered', organisations: [], identities: [], language }
  }
  return state.registration === 'registered' ? evolveRegistered(state, event) : state
}

type LaterEvent = Exclude<UserEvent, { readonly type: 'UserRegistered' }>

function evolveRegistered(state: Registered, event: LaterEvent): User {
  switch (event.type) {
    case 'UserDetailsChanged':
      return event.data.language === undefined ? state : { ...state, language: event.data.language }
    case 'UserOrganisationNoted':
      return { ...state, organisations: [...state.organisations, event.data.organisation] }
    case 'UserOrganisationNoteReleased': {
      const { organisation } = event.data
      return { ...state, organisations: state.organisations.filter((one) => one !== organisation) }
    }
    case 'UserIdentityLinked': {
      const { identity, issuer } = event.data
      return { ...state, identities: [...state.identities, { identity, issuer }] }
    }
    case 'UserIdentityUnlinked': {
      const { identity } = event.data
      return { ...state, identities: state.identities.filter((one) => one.identity !== identity) }
    }
    case 'UserErased': {
      const { emailIds } = event.data
      return { registration: 'erased', emailIds, identities: state.identities }
    }
    case 'UserEmailChanged':
    case 'UserLinkMade':
    case 'UserPasswordSet':
    case 'UserSessionsRevoked':
      return state
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** The e-mail address was claimed before. */
export interface RegisterUser {
  readonly type: 'RegisterUser'
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly language?: Language | undefined
}

/** What is absent stays; `null` clears. */
export interface ChangeUserDetails {
  readonly type: 'ChangeUserDetails'
  readonly userId: string
  readonly name?: string | undefined
  readonly language?: Language | null | undefined
}

/** The e-mail address was claimed before. */
export interface ChangeUserEmail {
  readonly type: 'ChangeUserEmail'
  readonly userId: string
  readonly email: string
}

export interface NoteUserOrganisation {
  readonly type: 'NoteUserOrganisation' | 'ReleaseUserOrganisationNote'
  readonly userId: string
  readonly organisation: string
}

export interface NoteUserLink {
  readonly type: 'NoteUserLink'
  readonly userId: string
  readonly purpose: LinkPurpose
  readonly organisation?: string | undefined
  readonly expiresAt: string
}

export interface NoteUserPassword {
  readonly type: 'NoteUserPassword'
  readonly userId: string
  readonly by: z.output<typeof passwordSetBy>
}

export interface NoteSessionsRevoked {
  readonly type: 'NoteSessionsRevoked'
  readonly userId: string
  readonly sessionId?: string | undefined
  readonly cause: RevocationCause
}

/** The identity was claimed for the user before. */
export interface LinkUserIdentity {
  readonly type: 'LinkUserIdentity'
  readonly userId: string
  readonly identity: string
  readonly issuer: string
  readonly subject: string
  readonly by: z.output<typeof identityLinkedBy>
}

/** Nobody else has claimed it for them any more. */
export interface UnlinkUserIdentity {
  readonly type: 'UnlinkUserIdentity'
  readonly userId: string
  readonly identity: string
}

/** Their memberships have ended before. */
export interface EraseUser {
  readonly type: 'EraseUser'
  readonly userId: string
  readonly reason: UserErasureReason
  readonly emailIds: readonly string[]
}

export type UserCommand =
  | RegisterUser
  | ChangeUserDetails
  | ChangeUserEmail
  | NoteUserOrganisation
  | NoteUserLink
  | NoteUserPassword
  | NoteSessionsRevoked
  | LinkUserIdentity
  | UnlinkUserIdentity
  | EraseUser

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

/** Organisations that one user may belong to. */
export const ORGANISATIONS_OF_USER = 100

const decide = (command: UserCommand, state: User): readonly UserEvent[] => {
  if (state.registration === 'erased') return decideOfErased(command)
  switch (command.type) {
    case 'RegisterUser':
      return register(command, state)
    case 'ChangeUserDetails':
      return changeDetails(command, known(command, state))
    case 'ChangeUserEmail': {
      known(command, state)
      const { userId, email } = command
      return [{ type: 'UserEmailChanged', data: { userId, email } }]
    }
    case 'NoteUserOrganisation':
      return noteOrganisation(command, known(command, state))
    case 'ReleaseUserOrganisationNote':
      return releaseOrganisation(command, known(command, state))
    case 'NoteUserLink': {
      known(command, state)
      const { type: _, ...link } = command
      return [{ type: 'UserLinkMade', data: present(link) }]
    }
    case 'NoteUserPassword': {
      known(command, state)
      const { userId, by } = command
      return [{ type: 'UserPasswordSet', data: { userId, by } }]
    }
    case 'NoteSessionsRevoked': {
      known(command, state)
      const { type: _, ...revoked } = command
      return [{ type: 'UserSessionsRevoked', data: present(revoked) }]
    }
    case 'LinkUserIdentity':
      return linkIdentity(command, known(command, state))
    case 'UnlinkUserIdentity':
      return unlinkIdentity(command, known(command, state))
    case 'EraseUser':
      return erase(command, known(command, state))
    default:
      return unreachable(command)
  }
}

/** Of who is erased nothing is left to end. */
const endings: ReadonlySet<UserCommand['type']> = new Set([
  'EraseUser',
  'ReleaseUserOrganisationNote',
  'NoteSessionsRevoked',
  'UnlinkUserIdentity',
])

/** @throws Rejection USER_ERASED */
function decideOfErased({ type, userId }: UserCommand): readonly UserEvent[] {
  if (endings.has(type)) return []
  throw new Rejection('USER_ERASED', { userId }, 'userId')
}

function known({ userId }: UserCommand, state: User): Registered {
  if (state.registration === 'registered') return state
  throw new Rejection('USER_UNKNOWN', { userId }, 'userId')
}

function register(command: RegisterUser, state: User): readonly UserEvent[] {
  if (state.registration === 'registered') return []
  const { type: _, ...data } = command
  return [{ type: 'UserRegistered', data: present(data) }]
}

function changeDetails(command: ChangeUserDetails, state: Registered): readonly UserEvent[] {
  const { userId, name, language } = command
  // A name is not kept in the state, so that it counts as changed whenever it is given.
  const data = { ...changes({ language }, { language: state.language }), ...present({ name }) }
  if (Object.keys(data).length === 0) return []
  return [{ type: 'UserDetailsChanged', data: { userId, ...data } }]
}

function noteOrganisation(
  { userId, organisation }: NoteUserOrganisation,
  { organisations }: Registered,
): readonly UserEvent[] {
  if (organisations.includes(organisation)) return []
  if (organisations.length >= ORGANISATIONS_OF_USER) {
    throw new Rejection('ORGANISATIONS_TOO_MANY', { limit: ORGANISATIONS_OF_USER })
  }
  return [{ type: 'UserOrganisationNoted', data: { userId, organisation } }]
}

function releaseOrganisation(
  { userId, organisation }: NoteUserOrganisation,
  { organisations }: Registered,
): readonly UserEvent[] {
  if (!organisations.includes(organisation)) return []
  return [{ type: 'UserOrganisationNoteReleased', data: { userId, organisation } }]
}

/**
 * Of each issuer one: were another taken beside it, an address that the provider gave to somebody else would
 * bring them in.
 *
 * @throws Rejection IDENTITY_ALREADY_LINKED
 */
export function checkIdentity(
  { identity, issuer }: LinkedIdentity,
  { identities }: RegisteredUser,
): void {
  const other = identities.find((one) => one.issuer === issuer)
  if (other === undefined || other.identity === identity) return
  throw new Rejection('IDENTITY_ALREADY_LINKED')
}

function linkIdentity(command: LinkUserIdentity, state: Registered): readonly UserEvent[] {
  const { type: _, ...data } = command
  if (state.identities.some(({ identity }) => identity === data.identity)) return []
  checkIdentity(data, state)
  return [{ type: 'UserIdentityLinked', data }]
}

function unlinkIdentity(
  { userId, identity }: UnlinkUserIdentity,
  { identities }: Registered,
): readonly UserEvent[] {
  if (!identities.some((one) => one.identity === identity)) return []
  return [{ type: 'UserIdentityUnlinked', data: { userId, identity } }]
}

/** Somebody may be about to make them a member again: that is noted on them before. */
function erase(
  { userId, reason, emailIds }: EraseUser,
  { organisations }: Registered,
): readonly UserEvent[] {
  const [organisation] = organisations
  if (organisation !== undefined) throw new Rejection('USER_STILL_MEMBER', { organisation })
  return [{ type: 'UserErased', data: { userId, reason, emailIds: [...emailIds] } }]
}

export const user: Decider<User, UserCommand, UserEvent> = {
  category: 'user',
  stateVersion: 3,
  initial: { registration: 'none' },
  evolve,
  decide,
}
