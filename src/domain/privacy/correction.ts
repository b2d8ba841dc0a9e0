import { z } from 'zod'
import { ERASED, MASKED, personal } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'

/**
 * What an event says by which a text is set right that somebody wrote about a person. The event that held
 * the text stays as it is; both are under one key, so that they go together.
 */
export function correctionUnder(subject: string) {
  const text = () => personal(subject, z.string().min(1).max(1000))
  return { text: text(), reason: text() }
}

export interface Correction {
  /** As it should have read. */
  readonly text: string
  /** Why it is corrected. */
  readonly reason: string
}

/** What the log says of a text that is to be corrected; no state holds anything personal. */
export interface TextBefore {
  /** As it reads so far; absent where nothing was written. */
  readonly before?: string | undefined
}

/**
 * False when it reads so already.
 *
 * @throws Rejection TEXT_UNKNOWN; TEXT_RESERVED for what readers are shown in place of a text
 */
export function isOther({ text, before }: Correction & TextBefore): boolean {
  if (text === ERASED || text === MASKED) throw new Rejection('TEXT_RESERVED', { text }, 'text')
  if (before === undefined || before === ERASED) throw new Rejection('TEXT_UNKNOWN', {}, 'field')
  return text !== before
}
