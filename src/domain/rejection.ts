import type { RejectionCode } from './rejection-codes.ts'

/** Facts that fill the placeholders of a rejection's message; plain values only, never personal data. */
export type RejectionFacts = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * A command that the domain refuses. The code is stable and listed in one catalogue; the API gives it
 * an HTTP status and a message in the caller's language.
 *
 * `field` names the field of the command that breaks the rule, where one does.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection'
  readonly code: RejectionCode
  readonly facts: RejectionFacts
  readonly field: string | undefined

  constructor(code: RejectionCode, facts: RejectionFacts = {}, field?: string) {
    super(code)
    this.code = code
    this.facts = facts
    this.field = field
  }
}
