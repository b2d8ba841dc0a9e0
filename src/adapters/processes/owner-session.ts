import { once } from 'node:events'
import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore } from '#log/event-store.ts'

/** How often one who waits looks whether the owner has gone, unless the owner says so. */
const LOOK_EVERY_MS = 500
/** Told by whoever lets go, so that others need not find out. */
const LET_GO = 'daybook_let_go'

export interface Lock {
  /** Aborted when the lock is gone. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

interface Session {
  readonly client: pg.Client
  readonly lost: AbortSignal
  readonly held: Set<string>
}

/**
 * The session whose locks say which processes this program owns: one for all of them, open while any
 * is owned or waited for. The locks are a lease: who hangs, or is out of reach, loses them.
 */
export class OwnerSession {
  readonly #database: Pick<Database, 'connect'>
  readonly #log: EventStore['kind']
  #users = 0
  #session: Promise<Session> | undefined

  constructor(database: Pick<Database, 'connect'>, log: EventStore['kind']) {
    this.#database = database
    this.#log = log
  }

  /** Waits until nobody else owns the process; undefined when aborted before. */
  async lock(process: string, signal: AbortSignal): Promise<Lock | undefined> {
    this.#users += 1
    try {
      while (!signal.aborted) {
        const session = await this.#open()
        if (!session.held.has(process) && (await tryLock(session.client, process, this.#log))) {
          session.held.add(process)
          return { lost: session.lost, release: () => this.#release(session, process) }
        }
        const over = AbortSignal.any([signal, AbortSignal.timeout(LOOK_EVERY_MS)])
        await once(session.client, 'notification', { signal: over }).catch(ignore)
      }
    } catch (error) {
      await this.#leave()
      throw error
    }
    await this.#leave()
    return undefined
  }

  #open(): Promise<Session> {
    if (this.#session !== undefined) return this.#session
    const opening = this.#connect(() => {
      if (this.#session === opening) this.#session = undefined
    })
    this.#session = opening
    return opening
  }

  async #connect(onLost: () => void): Promise<Session> {
    try {
      const client = await this.#database.connect('writer', {
        name: 'daybook processes',
        lease: true,
      })
      const lost = new AbortController()
      client.setMaxListeners(0)
      client.once('end', () => {
        onLost()
        lost.abort()
      })
      await client.query(`listen ${LET_GO}`)
      return { client, lost: lost.signal, held: new Set() }
    } catch (error) {
      onLost()
      throw error
    }
  }

  async #release({ client, held }: Session, process: string): Promise<void> {
    held.delete(process)
    // With a session that is gone, the lock is too.
    await client.query(`select pg_advisory_unlock(${KEY})`, [process]).catch(ignore)
    await client.query(`notify ${LET_GO}`).catch(ignore)
    await this.#leave()
  }

  async #leave(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0 || this.#session === undefined) return
    const session = this.#session
    this.#session = undefined
    await session.then(({ client }) => client.end()).catch(ignore)
  }
}

const KEY = `hashtextextended('daybook process ' || $1, 0)`

/** Refused as well when the log is in a store of another kind. */
async function tryLock(
  client: pg.Client,
  process: string,
  log: EventStore['kind'],
): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select case when coalesce(holder, $2) = $2 then pg_try_advisory_lock(${KEY}) else false end as locked
     from log.home`,
    [process, log],
  )
  return rows[0]?.locked === true
}

const ignore = (): undefined => undefined
