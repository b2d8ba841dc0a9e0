import { z } from 'zod'

/**
 * The vocabulary of event schemas. Events are plain JSON and are stored for ever: amounts are strings
 * of whole minor units beside a currency, days are local dates of the organisation, instants are UTC.
 */

/** Whole minor units of the event's currency, as a string: "-1050" is -10.50 in a currency with two decimals. */
export const minorUnits = z.string().regex(/^(0|-?[1-9]\d{0,17})$/)
/** Minor units of zero or more. */
export const amountOf = z.string().regex(/^(0|[1-9]\d{0,17})$/)
/** An exact decimal: quantities, unit prices, rates in percent, unrounded sums. */
export const decimal = z.string().regex(/^-?\d{1,18}(\.\d{1,12})?$/)
/** An exact product or sum of decimals, before rounding. */
export const exactDecimal = z.string().regex(/^-?\d{1,40}(\.\d{1,40})?$/)
/** ISO-4217 code. */
export const currencyCode = z.string().regex(/^[A-Z]{3}$/)
/** A day of the organisation's calendar, YYYY-MM-DD. */
export const localDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/)
/** A point in time, ISO 8601 in UTC. */
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/)
/** The same in whole milliseconds, always written alike: as text it orders as time does. */
export const millisecond = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
/** Marks free text that is not about a person, with the reason why it cannot be. */
export const impersonalText = z.registry<{ readonly because: string }>()

/**
 * Text whose letters nobody checks, and which is yet not about a person. Whatever else people write is
 * `personal`: notes, descriptions, reasons, references.
 */
export function impersonal(because: string, schema: z.ZodString): z.ZodString {
  impersonalText.add(schema, { because })
  return schema
}

/** An identifier of ours: a UUID, or a short name such as a user's. */
export const identifier = impersonal('it is made by us', z.string().min(1).max(64))
/** The code of a tax. */
export const taxCode = impersonal(
  'a code of the list of taxes that the organisation uses',
  z.string().min(1).max(32),
)

/** What a reader sees in place of personal data whose subject's key was destroyed. */
export const ERASED = 'erased'
/** What a reader sees in place of personal data that is not theirs to see: the same for whatever is there. */
export const MASKED = '•••'

/** Marks a schema as personal data; the value is the name of the event's field that holds the subject. */
export const personalData = z.registry<{ readonly subject: string }>()

/**
 * Personal data of the subject named by another top-level field of the same event. The codec at the
 * edge of the log encrypts it under that subject's key; everything inside sees plain text, or `erased`.
 * Only top-level fields of an event may be personal.
 */
export function personal<T extends z.ZodType>(subject: string, schema: T) {
  const either = z.union([schema, z.literal(ERASED)])
  personalData.add(either, { subject })
  return either
}

/** The union of event types that a catalogue of schemas describes. */
export type EventsOf<Catalogue extends Readonly<Record<string, z.ZodType>>> = {
  [Type in keyof Catalogue & string]: {
    readonly type: Type
    readonly data: z.output<Catalogue[Type]>
  }
}[keyof Catalogue & string]
