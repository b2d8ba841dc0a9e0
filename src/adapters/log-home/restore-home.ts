import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { APPEND_LOCK, MoveRefused } from './fence.ts'
import { checkHome, readHome } from './home.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/**
 * Closes an installation while a log is put into it: programs wait, and nobody appends. It stays closed
 * until `openRestored`, so that half of a restore is never worked with.
 *
 * @param place - What is restored, for people; the same again goes on where it was.
 * @param assertEmpty - Throws when the installation holds anything.
 * @returns Whether a restore of the same was begun before.
 * @throws LogMoved when its log is in another store; MoveRefused when another restore is not finished.
 */
export async function closeForRestore(
  client: Queryable,
  { kind, place }: { readonly kind: EventStore['kind']; readonly place: string },
  assertEmpty: () => Promise<void>,
): Promise<boolean> {
  await client.query('begin')
  try {
    await client.query(APPEND_LOCK)
    const home = await readHome(client)
    const isBegun = home.holder === 'elsewhere' && home.place === place
    if (!isBegun) {
      if (home.holder === 'elsewhere') {
        throw new MoveRefused(
          `The log of this installation is in ${home.place ?? 'another store'}: restore into an empty one`,
        )
      }
      checkHome(home, kind)
      await assertEmpty()
      await client.query(`update log.home set holder = 'elsewhere', place = $1, next = $2`, [
        place,
        kind,
      ])
    }
    await client.query('commit')
    return isBegun
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Within the transaction that ends a restore: from its commit on, programs work with what was restored. */
export async function openRestored(
  client: Queryable,
  { kind, place }: { readonly kind: EventStore['kind']; readonly place: string },
): Promise<void> {
  await client.query('update log.home set holder = $1, place = $2, next = null', [kind, place])
}
