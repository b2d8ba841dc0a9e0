import type { Language } from '#domain/identity/user.ts'

/** How somebody proves who they are when they sign in. */
export const signInMethods = ['password', 'provider'] as const
export type SignInMethod = (typeof signInMethods)[number]

/** What a session knows of who signed in. */
export interface SessionOf {
  readonly userId: string
  /** `INSTALLATION` for who runs it. */
  readonly organisation: string
  readonly role: string
  readonly language: Language | undefined
  readonly signedInBy: SignInMethod
}

export interface Session extends SessionOf {
  readonly sessionId: string
  /** UTC instants. */
  readonly beganAt: string
  /** Signed in, or refreshed. */
  readonly usedAt: string
  readonly endsAt: string
}

/** What is given out once; only hashes are kept. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** UTC instant at which the access token ends. */
  readonly expiresAt: string
}

export type Refreshed =
  | { readonly kind: 'refreshed'; readonly tokens: Tokens }
  /** It had been used: the session is ended by this, whoever of the two was the thief. */
  | { readonly kind: 'reused'; readonly session: Session }
  | { readonly kind: 'unknown' }

/**
 * Who is signed in. A session is a family of tokens: short-lived access tokens, and refresh tokens of which
 * each is used once.
 */
export interface Sessions {
  /** @param endsAt UTC instant; default: as long as a session may last. */
  begin(
    of: SessionOf,
    endsAt?: string,
  ): Promise<{ readonly session: Session; readonly tokens: Tokens }>
  /**
   * Whose an access token is; at once where it is remembered, which is let go of when the session ends,
   * wherever that is.
   */
  ofAccessToken(token: string): Session | Promise<Session | undefined>
  /** Whose a refresh token is, used or not. */
  ofRefreshToken(token: string): Promise<Session | undefined>
  /** Gives new tokens for one that was not used, and notes what the log says of the person now. */
  refresh(token: string, now: Pick<SessionOf, 'role' | 'language'>): Promise<Refreshed>
  /** The latest first. */
  list(userId: string): Promise<readonly Session[]>
  /** @returns false when the user has no such session. */
  end(userId: string, sessionId: string): Promise<boolean>
  /** @returns how many. */
  endAll(userId: string, exceptSession?: string): Promise<number>
  /** What the sessions of a member may do from now on; without a role they end. @returns how many */
  changeRole(userId: string, organisation: string, role: string | undefined): Promise<number>
  /**
   * When these users last signed in to an organisation, or refreshed a token of it, as UTC instants; those with
   * no session there that goes on are left out.
   */
  lastSeen(organisation: string, userIds: readonly string[]): Promise<ReadonlyMap<string, string>>
  changeLanguage(userId: string, language: Language | undefined): Promise<void>
  close(): Promise<void>
}
