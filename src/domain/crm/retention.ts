import { z } from 'zod'

/**
 * How long the law makes an organisation keep what it has recorded. The default imitates German
 * commercial and tax law (§ 257 HGB, § 147 AO in the longer of their terms): ten years from the end of
 * the calendar year of a document’s last entry.
 *
 * An entry is of the year of its business day, and not of the one in which it was entered: the law counts
 * the term of a document from the business year that the document belongs to. So what is entered late, as a
 * year of sales that is imported, is kept until the same day as it would be, had it been entered in time. An
 * organisation that has to count from when something was entered sets longer terms.
 */

/** Kinds of documents that may have to be kept; a customer's credit is a document once it was refunded. */
export const retainedKinds = ['sale', 'creditNote', 'badDebt', 'customerCredit', 'wallet'] as const
export type RetainedKind = (typeof retainedKinds)[number]

/** Years after the calendar year of the business day of a document's last entry; 0: it need not be kept at all. */
export const retentionYear = z.int().min(0).max(100)
export const retentionYears = z.object({
  sale: retentionYear,
  creditNote: retentionYear,
  badDebt: retentionYear,
  customerCredit: retentionYear,
  wallet: retentionYear,
})
export type RetentionYears = Readonly<z.output<typeof retentionYears>>

export const defaultRetention: RetentionYears = {
  sale: 10,
  creditNote: 10,
  badDebt: 10,
  customerCredit: 10,
  wallet: 10,
}

/** The documents of one kind that are somebody's. */
export interface KindOfDocuments {
  readonly kind: RetainedKind
  readonly documents: number
  /** The business day of their last entry, a local date. */
  readonly latest: string
}

/** Documents that have to be kept, and for how long. */
export interface KeptDocuments extends KindOfDocuments {
  readonly years: number
  /** The last day on which they have to be kept, a local date. */
  readonly until: string
}

/** What has to be kept on a day, of the kinds of documents that somebody has. */
export function keptOn(
  today: string,
  found: readonly KindOfDocuments[],
  years: RetentionYears,
): readonly KeptDocuments[] {
  return found
    .map((one) => ({ ...one, years: years[one.kind], until: endOfTerm(one, years[one.kind]) }))
    .filter(({ years: term, until }) => term > 0 && until >= today)
}

/** Text orders as the calendar does up to the year 9999, which is further than any term. */
function endOfTerm({ latest }: KindOfDocuments, years: number): string {
  const year = Number(latest.slice(0, 4)) + years
  return year > 9999 ? '9999-12-31' : `${String(year).padStart(4, '0')}-12-31`
}

/** The last day of the longest term; undefined when nothing has to be kept. */
export function termOf(kept: readonly KeptDocuments[]): string | undefined {
  return kept
    .map(({ until }) => until)
    .toSorted()
    .at(-1)
}
