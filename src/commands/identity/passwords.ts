/** How passwords are kept: slow to try, and no more of them at once than leaves others room. */
export interface PasswordHashing {
  /** A PHC string of argon2id. @throws HashingBusy */
  hash(password: string): Promise<string>
  /**
   * Whether it is the password. Without a hash the work is the same and the answer no, so that nobody
   * learns from the time whether there is such an account. @throws HashingBusy
   */
  verify(password: string, phc: string | undefined): Promise<PasswordVerdict>
}

export interface PasswordVerdict {
  readonly matches: boolean
  /** It was hashed with other parameters than are used now. */
  readonly isOutdated: boolean
}

/** More passwords wait to be looked at than a process takes on. */
export class HashingBusy extends Error {
  override readonly name = 'HashingBusy'
}
