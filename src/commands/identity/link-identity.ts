import { checkIdentity, type LinkUserIdentity, user } from '#domain/identity/user.ts'
import { userIdentity } from '#domain/identity/user-identity.ts'
import { Rejection } from '#domain/rejection.ts'
import { stepOf } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { stepContext } from '../operation.ts'
import { knownUser } from './find-user.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'
import type { ProvenIdentity } from './identity-provider.ts'

/** Names the stream of an identity, and tells nothing of it. */
export function identityId(
  { keyedHash }: Pick<IdentityDeps, 'keyedHash'>,
  { issuer, subject }: Pick<ProvenIdentity, 'issuer' | 'subject'>,
): string {
  return keyedHash('userIdentity', issuer, subject)
}

/**
 * From now on whoever proves to be this is the user. It is claimed first: a claim that a crash left signs nobody
 * in, and is completed by whoever links the same again, or let go of by a process of the log.
 *
 * @throws Rejection USER_UNKNOWN, IDENTITY_TAKEN, IDENTITY_ALREADY_LINKED
 */
export async function linkIdentity(
  deps: Pick<IdentityDeps, 'handler' | 'keyedHash'>,
  userId: string,
  { issuer, subject }: Pick<ProvenIdentity, 'issuer' | 'subject'>,
  by: LinkUserIdentity['by'],
  context: CommandContext,
): Promise<void> {
  const { handler } = deps
  const identity = identityId(deps, { issuer, subject })
  checkIdentity({ identity, issuer }, await knownUser(deps, userId))
  const own = ofInstallation(context)
  await handler.handle(userIdentity, identity, { type: 'ClaimUserIdentity', userId }, own)
  const link = { type: 'LinkUserIdentity', userId, identity, issuer, subject, by } as const
  await handler.handle(user, userId, link, own)
  // One that was left by a crash may have been let go of meanwhile.
  const again = stepContext(own, stepOf(context.commandId, 'claim'))
  await handler.handle(userIdentity, identity, { type: 'ClaimUserIdentity', userId }, again)
}

/**
 * It signs nobody in any more, and whoever was signed in ends, but for the session that asks: it may be that
 * somebody else had it. What a crash leaves of it, a repeat completes.
 *
 * @throws Rejection LINKED_IDENTITY_UNKNOWN; PASSWORD_NOT_SET, since they could not sign in any more.
 */
export async function unlinkIdentity(
  deps: IdentityDeps,
  {
    userId,
    sessionId,
    identity,
  }: { readonly userId: string; readonly sessionId: string; readonly identity: string },
  context: CommandContext,
): Promise<void> {
  const { identities } = await knownUser(deps, userId)
  if (!identities.some((one) => one.identity === identity)) {
    throw new Rejection('LINKED_IDENTITY_UNKNOWN', { identity })
  }
  const hasPassword = (await deps.credentials.passwordOf(userId)) !== undefined
  if (!hasPassword) throw new Rejection('PASSWORD_NOT_SET')
  await unlinkAnyway(deps, { userId, sessionId, identity }, context)
}

/**
 * Nobody signs in with a provider as the user any more, and whoever was signed in by one ends: for who is given the
 * account, whoever had it before. What a crash leaves of it, a repeat completes.
 */
export async function unlinkAllIdentities(
  deps: Pick<IdentityDeps, 'handler' | 'sessions'>,
  userId: string,
  context: CommandContext,
): Promise<void> {
  const { identities } = await knownUser(deps, userId)
  for (const { identity } of identities) {
    const step = stepContext(context, stepOf(context.commandId, `unlink ${identity}`))
    await unlinkAnyway(deps, { userId, identity }, step)
  }
}

/**
 * Also where they cannot sign in any more then. All sessions end but the one that is named: before, since a repeat no
 * longer finds what was unlinked, and after, since until then one may have begun by it.
 */
async function unlinkAnyway(
  { handler, sessions }: Pick<IdentityDeps, 'handler' | 'sessions'>,
  {
    userId,
    sessionId,
    identity,
  }: {
    readonly userId: string
    readonly sessionId?: string | undefined
    readonly identity: string
  },
  context: CommandContext,
): Promise<void> {
  const own = ofInstallation(context)
  await handler.handle(userIdentity, identity, { type: 'ReleaseUserIdentity', userId }, own)
  await sessions.endAll(userId, sessionId)
  await handler.handle(user, userId, { type: 'UnlinkUserIdentity', userId, identity }, own)
  await sessions.endAll(userId, sessionId)
}
