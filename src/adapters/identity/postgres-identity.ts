import type pg from 'pg'
import type { Credentials } from '#commands/identity/credentials.ts'
import type { Sessions } from '#commands/identity/sessions.ts'
import type { SignInLimits } from '#commands/identity/sign-in-limits.ts'
import { postgresCredentials } from './postgres-credentials.ts'
import { postgresSessions } from './postgres-sessions.ts'
import { postgresSignInLimits } from './postgres-sign-in-limits.ts'
import { SessionCache } from './session-cache.ts'

export interface PostgresIdentityOptions {
  /** Connections as the writer. */
  readonly pool: pg.Pool
  /**
   * A connection of its own that is a lease: to hear of sessions that end elsewhere, and to hold one of them, or
   * a password.
   */
  readonly connect: () => Promise<pg.Client>
  /** Milliseconds for which it is remembered whose an access token is. Default: a few seconds. */
  readonly cachedForMs?: number
}

export interface Identity {
  readonly credentials: Credentials
  readonly sessions: Sessions
  readonly signInLimits: SignInLimits
}

/** What users prove themselves by, in the schema `identity`. */
export function postgresIdentity(options: PostgresIdentityOptions): Identity {
  const { pool, connect, cachedForMs } = options
  const cache = new SessionCache(connect, cachedForMs)
  return {
    credentials: postgresCredentials(pool, connect, cache),
    sessions: postgresSessions(pool, connect, cache),
    signInLimits: postgresSignInLimits(pool),
  }
}
