import { type ChangeUserDetails, user } from '#domain/identity/user.ts'
import type { CommandContext } from '../handler.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'

/** A user's own name and language; sessions know the language at once. */
export async function changeDetails(
  { handler, sessions }: Pick<IdentityDeps, 'handler' | 'sessions'>,
  change: Omit<ChangeUserDetails, 'type'>,
  context: CommandContext,
): Promise<void> {
  const { userId, language } = change
  const command = { ...change, type: 'ChangeUserDetails' } as const
  await handler.handle(user, userId, command, ofInstallation(context), { mayChangeNothing: true })
  if (language !== undefined) await sessions.changeLanguage(userId, language ?? undefined)
}
