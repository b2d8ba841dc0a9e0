import type { Decider, DomainEvent } from '#domain/decider.ts'
import { user } from '#domain/identity/user.ts'
import {
  type UserEmailCommand,
  type UserEmailEvent,
  userEmail,
} from '#domain/identity/user-email.ts'
import {
  type UserIdentityCommand,
  type UserIdentityEvent,
  userIdentity,
} from '#domain/identity/user-identity.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stepContext } from '../operation.ts'
import { emailId, emailsOf } from './find-user.ts'
import { ofInstallation } from './identity-deps.ts'

type Deps = Pick<OperationDeps, 'handler' | 'keyedHash'>

/** What signs in one user, who claims it before it is recorded of them. */
interface Claimable<Command, Event extends DomainEvent> {
  readonly decider: Decider<{ readonly owner?: string }, Command, Event>
  readonly claim: (userId: string) => Command
  readonly release: (userId: string) => Command
  /** Whether it is recorded of them. */
  readonly isOf: (deps: Deps, userId: string, id: string) => Promise<boolean>
}

/** Theirs is the address of now: not one of before, nor any of who was erased or never came. */
export const claimableEmail: Claimable<UserEmailCommand, UserEmailEvent> = {
  decider: userEmail,
  claim: (userId) => ({ type: 'ClaimUserEmail', userId }),
  release: (userId) => ({ type: 'ReleaseUserEmail', userId }),
  isOf: async (deps, userId, id) => {
    const { state } = await deps.handler.load(user, INSTALLATION, userId, { age: 'now' })
    if (state.registration !== 'registered') return false
    const present = (await emailsOf(deps, userId)).at(-1)
    return present !== undefined && emailId(deps, present) === id
  },
}

/** Theirs is what is linked to them: nothing else signs them in. */
export const claimableIdentity: Claimable<UserIdentityCommand, UserIdentityEvent> = {
  decider: userIdentity,
  claim: (userId) => ({ type: 'ClaimUserIdentity', userId }),
  release: (userId) => ({ type: 'ReleaseUserIdentity', userId }),
  isOf: async ({ handler }, userId, id) => {
    const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
    if (state.registration !== 'registered') return false
    return state.identities.some(({ identity }) => identity === id)
  },
}

/** As an event says that somebody claimed something. */
export interface Claim {
  readonly userId: string
  /** What its stream is of: the keyed hash. */
  readonly id: string
  /** Of the event: a claim after it is not meant. */
  readonly revision: number
}

/** Lets go of what is not of whoever claimed it. */
export async function releaseUnused<Command, Event extends DomainEvent>(
  deps: Deps,
  { decider, claim, release, isOf }: Claimable<Command, Event>,
  { userId, id, revision }: Claim,
  context: CommandContext,
): Promise<void> {
  const { handler } = deps
  const found = await handler.load(decider, INSTALLATION, id, { age: 'now' })
  if (found.revision !== revision || (await isOf(deps, userId, id))) return
  const own = ofInstallation(context)
  await handler.handle(decider, id, release(userId), own, { ifRevision: revision })
  // Whoever asked for it again at this very moment keeps it.
  if (!(await isOf(deps, userId, id))) return
  const again = stepContext(own, stepOf(context.commandId, 'claim'))
  await handler.handle(decider, id, claim(userId), again)
}
