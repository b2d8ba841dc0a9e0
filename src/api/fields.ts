import { z } from 'zod'
import { isLocalDate } from '#domain/dates.ts'
import { type EventType, eventCatalogue } from '#domain/events.ts'
import { paymentMethod } from '#domain/finance/documents.ts'
import { freshnessQuery } from './reads.ts'
import { fieldIssue } from './validation.ts'
import { written } from './written.ts'

/** The kinds of fields that requests are made of. */

/** An identifier of ours or of a user: whatever an event can hold. */
export const idIn = z.string().min(1).max(64)

/** A day of the organisation's calendar that exists. */
export const dayIn = z
  .string()
  .transform((text, context): string => {
    if (isLocalDate(text)) return text
    context.addIssue(fieldIssue('DATE_INVALID'))
    return z.NEVER
  })
  .meta({ type: 'string', format: 'date', examples: ['2026-11-21'] })

const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** A point in time that was written with its zone, in UTC; undefined when it is none. */
export function instantOf(text: string): string | undefined {
  if (!ZONED.test(text) || !isLocalDate(text.slice(0, 10))) return undefined
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) return undefined
  const instant = time.toISOString()
  // In UTC it may be of another day: of a year 0, or of one that four digits do not tell.
  return ZONED.test(instant) && isLocalDate(instant.slice(0, 10)) ? instant : undefined
}

/** A point in time with its zone; in UTC from here on. */
export const instantIn = z
  .string()
  .transform((text, context): string => {
    const instant = instantOf(text)
    if (instant !== undefined) return instant
    context.addIssue(fieldIssue('INSTANT_INVALID'))
    return z.NEVER
  })
  .meta({ type: 'string', format: 'date-time', examples: ['2026-11-21T09:30:00Z'] })

/** A whole number in a query, where everything is text. */
export function wholeNumberIn(minimum: number, maximum: number) {
  return z
    .string()
    .transform((text, context): number => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : undefined
      if (value !== undefined && value >= minimum && value <= maximum) return value
      if (value === undefined) context.addIssue(fieldIssue('NUMBER_NOT_WHOLE'))
      else if (value < minimum) context.addIssue(fieldIssue('NUMBER_TOO_SMALL', { limit: minimum }))
      else context.addIssue(fieldIssue('NUMBER_TOO_LARGE', { limit: maximum }))
      return z.NEVER
    })
    .meta({ type: 'integer', minimum, maximum })
}

export const booleanIn = z.enum(['true', 'false']).transform((text) => text === 'true')

export const eventTypeIn = z.enum(Object.keys(eventCatalogue) as EventType[])

export const methodIn = paymentMethod

export const currencyIn = written(/^[A-Z]{3}$/, 'SAR')

/** What every list may be asked. */
export function listFields(limits: { readonly pageSize: number; readonly pageSizeMax: number }) {
  return {
    limit: wholeNumberIn(1, limits.pageSizeMax)
      .default(limits.pageSize)
      .describe(
        `Rows of a page; ${limits.pageSize} when not given, ${limits.pageSizeMax} at most.`,
      ),
    cursor: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .describe('`meta.nextCursor` of the page before.'),
    ...freshnessQuery,
  }
}
