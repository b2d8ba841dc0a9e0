import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore } from '#log/event-store.ts'
import { checkHome, claimHome, type LogHome } from './home.ts'

/** Between two looks whether the log has come. */
const LOOK_MS = 50

/**
 * Makes sure that the log which a program is configured for is the one of this installation.
 *
 * @param onWaitForLog - Told once when the log is on its way here; it is then waited for. Absent: nobody waits.
 * @throws LogMoved when it is another, and not on its way here.
 */
export async function takeUpHome(
  database: Pick<Database, 'engine'>,
  { kind, place }: { readonly kind: EventStore['kind']; readonly place: string },
  onWaitForLog?: (place: string) => void,
): Promise<void> {
  const claim = (): Promise<LogHome> => claimHome(database.engine, kind, place)
  const isComing = ({ holder, next }: LogHome): boolean =>
    holder !== undefined && holder !== kind && next === kind
  let home = await claim()
  if (onWaitForLog !== undefined && isComing(home)) {
    onWaitForLog(home.place ?? 'another store')
    while (isComing(home)) {
      await sleep(LOOK_MS)
      home = await claim()
    }
  }
  checkHome(home, kind)
}
