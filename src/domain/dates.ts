import { Temporal } from 'temporal-polyfill'
import { Rejection } from './rejection.ts'

/** Days are local dates of an organisation, `YYYY-MM-DD`; as text they order as the calendar does. */

// There is no year 0, and PostgreSQL keeps none.
const LOCAL_DATE = /^(?!0000)(\d{4})-(\d{2})-(\d{2})$/

/** The day before which there is none. */
export const FIRST_DAY = '0001-01-01'
/** From the first day to 9999-12-31, both included. */
export const DAYS_IN_ALL = 3_652_059

/** True for a day that the calendar has: not 2026-02-30. */
export function isLocalDate(text: string): boolean {
  if (text === lastDate) return true
  if (!LOCAL_DATE.test(text)) return false
  try {
    plainDate(text)
  } catch {
    return false
  }
  lastDate = text
  return true
}

/** Most facts of a moment are of the same day: the one that was last found in the calendar. */
let lastDate: string | undefined

/** From its numbers, which is several times faster than Temporal's own reading of text. */
function plainDate(day: string): Temporal.PlainDate {
  const [, year, month, date] = LOCAL_DATE.exec(day) ?? []
  return new Temporal.PlainDate(Number(year), Number(month), Number(date))
}

/**
 * The day as given, when it exists.
 *
 * @throws Rejection DATE_INVALID
 */
export function parseLocalDate(text: string, field?: string): string {
  if (isLocalDate(text)) return text
  throw new Rejection('DATE_INVALID', { value: text.slice(0, 64) }, field)
}

/** The day so many days later; earlier when negative. */
export function addDays(day: string, days: number): string {
  return plainDate(day).add({ days }).toString()
}

/** True for an IANA zone that this runtime knows. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +03:00 would be accepted too, but know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return true
  } catch {
    return false
  }
}

/** The organisation's day at a UTC instant: `todayIn('Asia/Riyadh', '2026-11-20T21:30:00Z')` is 2026-11-21. */
export function todayIn(timeZone: string, instant: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString()
}

/**
 * The day something happened. It may lie far back; ahead of the organisation's today it may be by one
 * day at most, so that a traveller's clock is no reason to refuse.
 *
 * @throws Rejection DATE_INVALID, DATE_IN_FUTURE
 */
export function dayOfFact(occurredOn: string, today: string, field = 'occurredOn'): string {
  parseLocalDate(occurredOn, field)
  if (occurredOn > today && occurredOn > addDays(today, 1)) {
    throw new Rejection('DATE_IN_FUTURE', { date: occurredOn, today }, field)
  }
  return occurredOn
}

/**
 * As `dayOfFact`, and not before the day of the fact that it follows.
 *
 * @throws Rejection DATE_INVALID, DATE_IN_FUTURE, DATE_TOO_EARLY
 */
export function dayAfterFact(occurredOn: string, today: string, earliest: string): string {
  dayOfFact(occurredOn, today)
  if (occurredOn < earliest) {
    throw new Rejection('DATE_TOO_EARLY', { date: occurredOn, earliest }, 'occurredOn')
  }
  return occurredOn
}
