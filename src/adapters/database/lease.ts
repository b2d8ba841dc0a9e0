import type pg from 'pg'

/**
 * The server ends a session that says nothing for so long: of a process that hangs, or a machine that
 * is out of reach. What the session had locked is then anybody's.
 */
export const LEASE_MS = 3000
/** How often the session says something. */
const RENEW_MS = 500
/** No lock's session is that busy: a server that is silent for so long is gone, and so are the locks. */
const SILENCE_MS = 10_000

/** Settings of a session whose locks are a lease. */
export const leaseSettings = {
  idle_session_timeout: `${LEASE_MS}`,
  idle_in_transaction_session_timeout: `${LEASE_MS}`,
}

/** Renews the lease of a connected session, which must be pipelined, until its end. */
export function keepLease(client: pg.Client): void {
  let askedAt: number | undefined
  const answered = (): void => {
    askedAt = undefined
  }
  const timer = setInterval(() => {
    if (askedAt === undefined) {
      askedAt = performance.now()
      // Refused, as within a transaction that failed, it was heard all the same.
      client.query('select').then(answered, answered)
    } else if (performance.now() - askedAt > SILENCE_MS) {
      client.connection.stream.destroy()
    }
  }, RENEW_MS)
  client.once('end', () => clearInterval(timer))
}
