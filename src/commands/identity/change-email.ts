import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'
import { emailId, emailsOf, profileOf } from './find-user.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'
import { provePassword } from './set-password.ts'

export interface EmailChange {
  readonly userId: string
  readonly password: string
  /** The new one. */
  readonly email: string
  /** Of the network. */
  readonly address: string
}

/**
 * Gives a user another address to sign in with: claimed first, and the one before let go of last. A claim
 * that a crash left is completed when they ask for the same address again, and let go of by a process of the
 * log when they do not. That an address is taken has to be told, since without mail nothing else tells whose
 * it is; so every change counts, and none forgives what was counted, or else a free address in between would
 * let anybody ask for as many as they like. It takes effect while the password that was proved is the one
 * there, or not at all: once another is set, only who knows that one changes the address.
 *
 * @throws Rejection PASSWORD_NOT_SET, PASSWORD_WRONG, EMAIL_TAKEN, SIGN_IN_SLOWED, EMAIL_CHANGES_SLOWED
 */
export async function changeEmail(
  deps: IdentityDeps,
  change: EmailChange,
  context: CommandContext,
): Promise<void> {
  const { userId } = change
  const { keyedHash, signInLimits } = deps
  const phc = await provePassword(deps, change)
  // Wherever they are: another network would let them ask anew, and who shares it has nothing to do with it.
  const account = keyedHash('signIn', 'email', userId)
  const refusal = 'EMAIL_CHANGES_SLOWED'
  await signInLimits.attempt({ account, address: account, userId: undefined, refusal })
  await claimAndChange(deps, change, phc, ofInstallation(context))
  await followEmail(deps, userId, context)
}

async function claimAndChange(
  deps: IdentityDeps,
  change: EmailChange,
  phc: string,
  own: CommandContext,
): Promise<void> {
  const { userId, email } = change
  const { credentials, handler } = deps
  const isDone = await credentials.whilePresent(userId, phc, async () => {
    await handler.handle(userEmail, emailId(deps, email), { type: 'ClaimUserEmail', userId }, own)
    const present = await profileOf(deps, userId)
    if (present.email === email) return
    await handler.handle(user, userId, { type: 'ChangeUserEmail', userId, email }, own)
  })
  // What was proved is not the present one any more: it is proved anew, or is wrong by now.
  if (!isDone) await claimAndChange(deps, change, await provePassword(deps, change), own)
}

/** Of all addresses that a user ever had they hold the one of now. Done again, it changes nothing. */
export async function followEmail(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
  userId: string,
  context: CommandContext,
): Promise<void> {
  const emails = await emailsOf(deps, userId)
  const ids = emails.map((email) => emailId(deps, email))
  const present = ids.at(-1)
  for (const id of new Set(ids)) {
    const type = id === present ? 'ClaimUserEmail' : 'ReleaseUserEmail'
    const step = stepOf(context.commandId, `${type} ${id} of ${ids.length}`)
    const command = { type, userId } as const
    await deps.handler.handle(userEmail, id, command, stepContext(ofInstallation(context), step))
  }
  // With another change at the same time, what was claimed here may be the address before that one.
  const isOutdated = (await emailsOf(deps, userId)).length > emails.length
  if (isOutdated) await followEmail(deps, userId, context)
}
