import process from 'node:process'

/** How thorough a run is, from the environment; sides inherit it. */

/** How often each side runs; the median counts. */
export const rounds = whole('BENCH_ROUNDS', 3)
/** How long a load is measured, in seconds, after a second of warming up. */
export const seconds = whole('BENCH_SECONDS', 3)
/** Events in the log that is read and rebuilt from. */
export const events = whole('BENCH_EVENTS', 1_000_000)

function whole(name: string, fallback: number): number {
  const text = process.env[name] ?? String(fallback)
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Error(`${name} must be a whole number above zero, not ${JSON.stringify(text)}`)
}
