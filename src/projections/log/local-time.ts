import { Temporal } from 'temporal-polyfill'

export interface LocalTime {
  /** YYYY-MM-DD. */
  readonly day: string
  /** Of the day, from 0 to 1439. */
  readonly minute: number
}

const QUARTER_MS = 15 * 60_000

/** By time zone, the quarter of an hour looked at last and its offset from UTC, in milliseconds. */
const offsets = new Map<string, { readonly quarter: number; readonly offsetMs: number }>()

/** Day and minute that a clock in the time zone shows. Clocks are put back or on at a quarter of an hour only. */
export function localTime(timeZone: string, instant: string): LocalTime {
  const ms = Date.parse(instant)
  const quarter = Math.floor(ms / QUARTER_MS)
  let known = offsets.get(timeZone)
  if (known?.quarter !== quarter) {
    known = { quarter, offsetMs: offsetOf(timeZone, quarter * QUARTER_MS) }
    offsets.set(timeZone, known)
  }
  const local = new Date(ms + known.offsetMs)
  return {
    day: local.toISOString().slice(0, 10),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  }
}

/** A zone that this runtime does not know counts as UTC: a fold copes with whatever was recorded. */
function offsetOf(timeZone: string, ms: number): number {
  const instant = Temporal.Instant.fromEpochMilliseconds(ms)
  try {
    return instant.toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6
  } catch {
    return 0
  }
}
