import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'
import { currentRole } from './memberships.ts'
import type { Session, Tokens } from './sessions.ts'

/**
 * New tokens for a refresh token, which is used up by it (RFC 9700, section 4.14.2). One that comes a second
 * time was stolen, or the first was: the whole session ends, and nobody is spared for an answer that was lost.
 * What the log says of the person now is asked first, so that nothing is used up while it cannot be.
 *
 * @throws Rejection REFRESH_TOKEN_UNKNOWN
 */
export async function refreshSession(
  deps: Pick<IdentityDeps, 'handler' | 'sessions'>,
  refreshToken: string,
  contextOf: (session: Session) => CommandContext,
): Promise<{ readonly session: Session; readonly tokens: Tokens }> {
  const { handler, sessions } = deps
  const session = await sessions.ofRefreshToken(refreshToken)
  if (session === undefined) throw new Rejection('REFRESH_TOKEN_UNKNOWN')
  const { userId, sessionId, organisation } = session
  const role = await currentRole(deps, userId, organisation)
  if (role === undefined) {
    await sessions.end(userId, sessionId)
    throw new Rejection('REFRESH_TOKEN_UNKNOWN')
  }
  const { state } = await handler.load(user, INSTALLATION, userId, { age: 'now' })
  const language = state.registration === 'registered' ? (state.language ?? undefined) : undefined
  const refreshed = await sessions.refresh(refreshToken, { role, language })
  if (refreshed.kind === 'refreshed') {
    return { session: { ...session, role, language }, tokens: refreshed.tokens }
  }
  if (refreshed.kind === 'reused') {
    const cause = 'refresh_token_reused'
    const note = { type: 'NoteSessionsRevoked', userId, sessionId, cause } as const
    await handler.handle(user, userId, note, ofInstallation(contextOf(session)))
  }
  throw new Rejection('REFRESH_TOKEN_UNKNOWN')
}
