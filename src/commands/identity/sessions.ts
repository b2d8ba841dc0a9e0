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

/** A session with the only tokens it has. */
export interface Begun {
  readonly session: Session
  readonly tokens: Tokens
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
  begin(of: SessionOf): Promise<Begun>
  /**
   * For who proved a password, of which this is the PHC string. Whoever sets another ends what began before that,
   * and nothing begins after it.
   *
   * @returns undefined when it is no longer theirs, be it the same password hashed anew: then nothing was done.
   */
  beginByPassword(of: SessionOf, phc: string): Promise<Begun | undefined>
  /**
   * The same session goes on elsewhere, until when it would have, with new tokens in place of all it had.
   *
   * @returns undefined when the user has no such session any more.
   */
  goOn(
    sessionId: string,
    of: Pick<SessionOf, 'userId' | 'organisation' | 'role' | 'language'>,
  ): Promise<Begun | undefined>
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
  /**
   * Does something while the user has this session: whoever ends it waits until it is done. A process that hangs
   * meanwhile is waited for for some seconds.
   *
   * @returns false when they have no such session: then nothing was done.
   */
  whileSignedIn(userId: string, sessionId: string, work: () => Promise<void>): Promise<boolean>
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
