import { ERASED } from '#domain/event-schema.ts'
import { type RegisteredUser, user } from '#domain/identity/user.ts'
import { comparableEmail, userEmail } from '#domain/identity/user-email.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import type { OperationDeps } from '../operation.ts'

type FindDeps = Pick<OperationDeps, 'handler' | 'keyedHash'>

/** Names the stream of an e-mail address, and tells nothing of it. */
export function emailId({ keyedHash }: Pick<FindDeps, 'keyedHash'>, email: string): string {
  return keyedHash('userEmail', comparableEmail(email))
}

export interface FoundUser {
  readonly userId: string
  readonly user: RegisteredUser
}

/** The user with an e-mail address; it takes as long when there is none. */
export async function userOfEmail(
  { handler, keyedHash }: FindDeps,
  email: string,
): Promise<FoundUser | undefined> {
  const id = emailId({ keyedHash }, email)
  const claim = await handler.load(userEmail, INSTALLATION, id, { age: 'now' })
  const userId = claim.state.owner ?? id
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  return state.registration === 'registered' ? { userId, user: state } : undefined
}

/** @throws Rejection USER_UNKNOWN */
export async function knownUser(
  { handler }: Pick<FindDeps, 'handler'>,
  userId: string,
): Promise<RegisteredUser> {
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration === 'registered') return state
  throw new Rejection('USER_UNKNOWN', { userId }, 'userId')
}

/** Personal, and so in no state: read from the log when it is shown. `erased` once it is. */
export interface Profile {
  readonly name: string
  readonly email: string
}

/** More events than any user will have. */
const ALL = 1_000_000

export async function profileOf(
  { handler }: Pick<FindDeps, 'handler'>,
  userId: string,
): Promise<Profile> {
  const profile = { name: '', email: '' }
  for (const { type, data } of await handler.history(user, INSTALLATION, userId, ALL)) {
    if (type === 'UserRegistered' || type === 'UserDetailsChanged') {
      profile.name = data.name ?? profile.name
    }
    if (type === 'UserRegistered' || type === 'UserEmailChanged') profile.email = data.email
  }
  return profile
}

/** All addresses that a user ever had, the one of now last; none of who was erased. */
export async function emailsOf(
  { handler }: Pick<FindDeps, 'handler'>,
  userId: string,
): Promise<readonly string[]> {
  const events = await handler.history(user, INSTALLATION, userId, ALL)
  return events.flatMap(({ type, data }) =>
    (type === 'UserRegistered' || type === 'UserEmailChanged') && data.email !== ERASED
      ? [data.email]
      : [],
  )
}
