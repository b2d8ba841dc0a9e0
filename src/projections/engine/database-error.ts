import pg from 'pg'

/**
 * What PostgreSQL says no to, however often it is asked: rows that break a rule of their table. Anything
 * else (connections, locks, disk, shutdown) may be gone at the next try.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  return /^(0A|21|22|23|2F|38|39|42|44|54|P0)/.test(error.code ?? '')
}

/** A refusal of the statement itself, by no fault of any event: a table or a right is missing. */
export function isOfStatement(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(0A|42)/.test(error.code ?? '')
}
