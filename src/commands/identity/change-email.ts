import { normalisedPassword } from '#domain/identity/password-rule.ts'
import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { Rejection } from '#domain/rejection.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'
import { emailId, emailsOf, profileOf } from './find-user.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'
import { addressHash } from './sign-in.ts'

export interface EmailChange {
  readonly userId: string
  readonly password: string
  /** The new one. */
  readonly email: string
  /** Of the network. */
  readonly address: string
}

/**
 * Gives a user another address to sign in with: claimed first, and the one before let go of last. That an address
 * is taken has to be told, since without mail nothing else tells whose it is; so it counts as an attempt that
 * failed, as a wrong password does, of which there are a few.
 *
 * @throws Rejection PASSWORD_WRONG, EMAIL_TAKEN, SIGN_IN_SLOWED
 */
export async function changeEmail(
  deps: IdentityDeps,
  { userId, password, email, address }: EmailChange,
  context: CommandContext,
): Promise<void> {
  const { credentials, handler, keyedHash, passwordHashing, signInLimits } = deps
  const counted = await signInLimits.attempt({
    account: keyedHash('signIn', 'change', userId),
    address: addressHash(deps, address),
    userId,
  })
  const phc = await credentials.passwordOf(userId)
  const { matches } = await passwordHashing.verify(normalisedPassword(password), phc)
  if (!matches) throw new Rejection('PASSWORD_WRONG', {}, 'password')
  const own = ofInstallation(context)
  await handler.handle(userEmail, emailId(deps, email), { type: 'ClaimUserEmail', userId }, own)
  await counted.succeeded(userId)
  const present = await profileOf(deps, userId)
  if (present.email !== email) {
    await handler.handle(user, userId, { type: 'ChangeUserEmail', userId, email }, own)
  }
  await followEmail(deps, userId, context)
}

/** Of all addresses that a user ever had they hold the one of now. Done again, it changes nothing. */
export async function followEmail(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
  userId: string,
  context: CommandContext,
): Promise<void> {
  const ids = (await emailsOf(deps, userId)).map((email) => emailId(deps, email))
  const present = ids.at(-1)
  for (const id of new Set(ids)) {
    const type = id === present ? 'ClaimUserEmail' : 'ReleaseUserEmail'
    const step = stepContext(ofInstallation(context), stepOf(context.commandId, `${type} ${id}`))
    await deps.handler.handle(userEmail, id, { type, userId }, step)
  }
}
