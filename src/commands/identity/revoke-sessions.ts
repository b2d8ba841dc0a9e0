import { user } from '#domain/identity/user.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'

type Deps = Pick<IdentityDeps, 'handler' | 'sessions'>

/** Ends one of a user's sessions, here and in every other process. @throws Rejection SESSION_UNKNOWN */
export async function revokeSession(
  { handler, sessions }: Deps,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  context: CommandContext,
): Promise<void> {
  if (!(await sessions.end(userId, sessionId))) {
    throw new Rejection('SESSION_UNKNOWN', { sessionId }, 'sessionId')
  }
  const note = { type: 'NoteSessionsRevoked', userId, sessionId, cause: 'asked' } as const
  await handler.handle(user, userId, note, ofInstallation(context))
}

/** Ends all of a user's sessions but one. @returns how many */
export async function revokeOtherSessions(
  { handler, sessions }: Deps,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  context: CommandContext,
): Promise<number> {
  const ended = await sessions.endAll(userId, sessionId)
  if (ended === 0) return 0
  const note = { type: 'NoteSessionsRevoked', userId, cause: 'asked' } as const
  await handler.handle(user, userId, note, ofInstallation(context))
  return ended
}
