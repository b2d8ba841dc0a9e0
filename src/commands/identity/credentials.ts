import type { LinkPurpose } from '#domain/identity/user.ts'

export interface OneTimeLink {
  readonly userId: string
  readonly purpose: LinkPurpose
  /** That invites; undefined for a reset. */
  readonly organisation: string | undefined
}

export interface NewPassword {
  readonly userId: string
  /** A PHC string. */
  readonly phc: string
  /**
   * Only while this is the present one, as a PHC string, or while there is none; default: whatever is there. It is
   * what was looked at: another may have been set while the new one was hashed.
   */
  readonly present?: { readonly phc: string | undefined }
  /** Used up by it. */
  readonly link?: string | undefined
  /** The only session of the user that goes on. */
  readonly exceptSession?: string | undefined
}

/** Passwords and one-time links, of which only hashes are kept. */
export interface Credentials {
  /** The PHC string of a user's password; undefined when none was ever set, or there is no such user. */
  passwordOf(userId: string): Promise<string | undefined>
  /** Whether any user has a password. */
  isAnySet(): Promise<boolean>
  /**
   * Sets a password and ends the user's sessions, all at once.
   *
   * @returns false when the link was used meanwhile, or another password set: then nothing was done.
   */
  setPassword(password: NewPassword): Promise<boolean>
  /**
   * Does something while this PHC string is the present one: whoever sets another waits until it is done. A process
   * that hangs meanwhile is waited for for some seconds.
   *
   * @returns false when it is not the present one: then nothing was done.
   */
  whilePresent(userId: string, phc: string, work: () => Promise<void>): Promise<boolean>
  /** As if it had never been set: the password of this PHC string goes, and the user's sessions end. */
  takeBack(userId: string, phc: string): Promise<void>
  /** The same password, hashed with the parameters of now; unless it was changed meanwhile. */
  rehash(userId: string, from: string, to: string): Promise<void>
  /** Makes a link; one before it of the same purpose no longer counts. @returns its token, shown once */
  makeLink(link: OneTimeLink, expiresAt: string): Promise<string>
  /** What a token is for; undefined when it is nobody's, used, or over. */
  findLink(token: string): Promise<OneTimeLink | undefined>
  /** @returns false when it was used before. */
  useLink(token: string): Promise<boolean>
  /** Whether a link that invites the user there is still good. */
  isInvited(userId: string, organisation: string): Promise<boolean>
  /** What names the link that invites the user there, good or over; it opens nothing. */
  findInvitation(userId: string, organisation: string): Promise<string | undefined>
  /** Of an invitation that was withdrawn, by what names its link: one made since stays. */
  forgetInvitation(name: string): Promise<void>
  /** Of a user who is erased: the password and every link. */
  forget(userId: string): Promise<void>
  /** As if its link had been used: they accepted it otherwise. */
  useInvitation(userId: string, organisation: string): Promise<void>
}
