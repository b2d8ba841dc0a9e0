import { randomUUID } from 'node:crypto'
import { type RegisterUser, user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import { createdBy, stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'
import { emailId } from './find-user.ts'
import { ofInstallation } from './identity-deps.ts'

export type NewUser = Omit<RegisterUser, 'type' | 'userId'>

export interface UserRegistration {
  readonly userId: string
  /** False when the e-mail address was a user's already: nothing of them was changed. */
  readonly isNew: boolean
}

/**
 * The user with an e-mail address, who is registered where there is none. The address is claimed first; a claim
 * that a crash left without its user is completed by whoever comes next with the same address, or let go of by
 * a process of the log.
 *
 * @param newId Of who is registered now; one that nobody can guess unless said.
 */
export async function findOrRegisterUser(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
  input: NewUser,
  context: CommandContext,
  // Of no command: whoever knows the command must not be able to tell whether it made the user.
  newId: string = createdBy(randomUUID(), 'user'),
): Promise<UserRegistration> {
  const { handler } = deps
  const own = ofInstallation(context)
  const userId = await claimEmail(deps, { email: input.email, newId }, own)
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  if (state.registration === 'registered') return { userId, isNew: false }
  const command = { ...input, type: 'RegisterUser', userId } as const
  const { events } = await handler.handle(user, userId, command, own)
  // One that was left by a crash may have been let go of meanwhile.
  const again = stepContext(own, stepOf(context.commandId, 'claim'))
  const id = emailId(deps, input.email)
  await handler.handle(userEmail, id, { type: 'ClaimUserEmail', userId }, again)
  return { userId, isNew: events.length > 0 }
}

/** @returns whose it is: the one who has it, or a new one's. */
async function claimEmail(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
  { email, newId: userId }: { readonly email: string; readonly newId: string },
  context: CommandContext,
): Promise<string> {
  const { handler } = deps
  const id = emailId(deps, email)
  const ownerOf = async (): Promise<string | undefined> =>
    (await handler.load(userEmail, INSTALLATION, id, { age: 'now' })).state.owner
  const owner = await ownerOf()
  if (owner !== undefined) return owner
  try {
    const claim = { type: 'ClaimUserEmail', userId } as const
    const { events } = await handler.handle(userEmail, id, claim, context)
    return events[0]?.data.userId ?? userId
  } catch (error) {
    const isTaken = error instanceof Rejection && error.code === 'EMAIL_TAKEN'
    const other = isTaken ? await ownerOf() : undefined
    if (other === undefined) throw error
    return other
  }
}
