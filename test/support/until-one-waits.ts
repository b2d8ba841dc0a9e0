import type pg from 'pg'
import { eventually } from './server.ts'

/** Waits until one session of the test's database waits for what another has locked. */
export async function untilOneWaits(login: pg.Pool): Promise<void> {
  await eventually('one waits', async () => {
    const { rowCount } = await login.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rowCount !== 0
  })
}
