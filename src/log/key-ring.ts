import type { KeyObject } from 'node:crypto'

/**
 * The keys that personal data are encrypted under, one per subject. Destroying a key erases its
 * subject from the log: the ciphertexts stay, and nobody can read them any more.
 */

/** A subject's 256-bit key, or `erased` when it was destroyed. */
export type SubjectKey = KeyObject | 'erased'

export interface KeyRing {
  /**
   * The keys of subjects that are about to be written. A missing key is made, and committed before
   * this returns; a destroyed one stays destroyed.
   *
   * @throws KeyUnavailable when the master key in use, or that of one of them, is not at hand.
   */
  forWriting(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>

  /**
   * The keys of subjects that are about to be read; one that was never made is absent.
   *
   * @throws KeyUnavailable when the master key of one of them is not at hand.
   */
  forReading(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>>

  /** Erases subjects for ever, some thousands at most; one without a key is marked as erased too. */
  destroy(...subjects: readonly string[]): Promise<void>
}

/** What keyed hashes are for: each purpose has a key of its own, so that none can be compared with another's. */
export const hashPurposes = [
  'bodyHash',
  'customerNumber',
  'refusedKey',
  'contact',
  'userEmail',
  'signIn',
  'userIdentity',
  'begunSignIn',
] as const
export type HashPurpose = (typeof hashPurposes)[number]

/**
 * HMAC-SHA-256 of the parts under a key that only this installation has, in base64url: says whether
 * two texts are the same and nothing else about them.
 */
export type KeyedHash = (purpose: HashPurpose, ...parts: readonly string[]) => string

/** How the key of a person or document is known: `<organisation>/<id>`. */
export function subjectOf(organisation: string, id: string): string {
  return `${organisation}/${id}`
}
