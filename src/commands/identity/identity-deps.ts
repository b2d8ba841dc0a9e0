import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { CommandContext } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import type { Credentials } from './credentials.ts'
import type { IdentityProvider } from './identity-provider.ts'
import type { PasswordHashing } from './passwords.ts'
import type { Sessions } from './sessions.ts'
import type { SignInLimits } from './sign-in-limits.ts'

/** What operations on users and their sessions work with. */
export interface IdentityDeps extends Pick<OperationDeps, 'handler' | 'keyedHash'> {
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly signInLimits: SignInLimits
  readonly passwordHashing: PasswordHashing
  /** Where people may prove who they are instead; undefined where none is configured. */
  readonly identityProvider?: IdentityProvider | undefined
}

/** Users are the installation's, whoever does something with them. */
export function ofInstallation(context: CommandContext): CommandContext {
  return { ...context, organisation: INSTALLATION }
}

/** Of members there is one aggregate in each organisation. */
export const MEMBERS_ID = 'members'
