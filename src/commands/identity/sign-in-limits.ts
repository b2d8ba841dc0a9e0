/** From where somebody tries to sign in as whom; keyed hashes, so that nobody can be known by them. */
export interface Attempt {
  readonly account: string
  readonly address: string
  /** Where this account signed in before; undefined when there is no such user. */
  readonly userId: string | undefined
  /** What too many are refused with; default: SIGN_IN_SLOWED. */
  readonly refusal?: 'SIGN_IN_SLOWED' | 'EMAIL_CHANGES_SLOWED'
}

/**
 * To be told when the password was right: what was held against the account is forgiven, and the address
 * remembered.
 */
export interface CountedAttempt {
  succeeded(userId: string): Promise<void>
  /** It could not be looked at, by no fault of theirs: it counts for nothing. */
  withdrawn(): Promise<void>
}

/**
 * How often somebody may try. Attempts count against the account and against the address, and drain with
 * time; from where the account signed in before they count for that address alone, so that whoever tries
 * from elsewhere cannot keep its owner out. All processes share the counts.
 */
export interface SignInLimits {
  /**
   * Counts an attempt before it is looked at.
   *
   * @throws Rejection SIGN_IN_SLOWED, or its own refusal; then it was not counted, and may not be looked at.
   */
  attempt(attempt: Attempt): Promise<CountedAttempt>
  /** They proved who they are otherwise, and are at home there from now on. */
  trust(userId: string, address: string): Promise<void>
  /** Of a user who is erased: from where they signed in, and attempts as one of these accounts. */
  forget(userId: string, accounts: readonly string[]): Promise<void>
}
