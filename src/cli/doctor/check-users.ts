import { loadCallerTokens } from '#adapters/tokens/caller-tokens.ts'
import { findFirstOwner, isAnybodyRegistered } from '#commands/identity/first-owner.ts'
import type { Daybook } from '../../composition.ts'
import { type Finding, ok, warning } from './check.ts'

/** Whether anybody can sign in, and whether the link of the first start still waits for whoever has it. */
export async function checkUsers(
  daybook: Pick<Daybook, 'config' | 'identity' | 'log'>,
): Promise<readonly Finding[]> {
  const { config, identity, log } = daybook
  const first = await findFirstOwner(identity)
  if (first !== undefined && first.user.identities.length > 0) {
    return [ok('users', `${first.email} signs in with a provider`)]
  }
  if (first !== undefined && (await identity.credentials.passwordOf(first.userId)) === undefined) {
    return [
      warning(
        'users',
        `${first.email}, made by the first start, has set no password: open the link that the start printed, or make another by daybook user reset ${first.email}`,
      ),
    ]
  }
  if (await identity.credentials.isAnySet()) return [ok('users', 'People have passwords')]
  if (await isAnybodyRegistered({ log })) {
    const remedy = 'daybook user reset EMAIL makes a link by which one is set'
    return [warning('users', `No user has a password yet: ${remedy}`)]
  }
  const { tokens } = await loadCallerTokens({ ...config, configured: config.tokens })
  return [
    tokens.length > 0
      ? ok('users', 'There are no users; callers have tokens of the configuration')
      : warning('users', 'There is no user yet: the next start makes one, and prints a link'),
  ]
}
