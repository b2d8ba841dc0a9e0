import type pg from 'pg'
import { tryLock, unlock } from './advisory-lock.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import type { ProjectionFailure } from './projection-engine.ts'
import { type FollowedSlot, schemaName } from './schema-name.ts'
import { introduce, type KnownState, writeFailure, writeLetGo } from './states.ts'
import { vanish } from './swap.ts'

/** Told by whoever lets go, so that others need not find out. */
const LET_GO = 'daybook_let_go'

/**
 * Which tables this process may follow: one session holds a lock for each schema, so that no two
 * processes follow the same tables, and all are free once it has ended. The locks are a lease: who
 * hangs, or is out of reach, loses them within seconds.
 */
export class Holds {
  /** How this process is called in statuses. */
  readonly owner: string
  readonly #parts: EngineParts
  readonly #names: readonly string[]
  readonly #onNews: () => void
  #session: pg.Client | undefined
  readonly #held = new Set<string>()
  /** Schemas whose checkpoints are no place in this log. */
  readonly #elsewhere = new Set<string>()

  /**
   * `names`: of the projections of this program. `onNews`: somebody let go of tables, or all of this
   * process's are lost.
   */
  constructor(parts: EngineParts, names: readonly string[], onNews: () => void) {
    this.owner = parts.database.program
    this.#parts = parts
    this.#names = names
    this.#onNews = onNews
  }

  /** The session that holds the locks. */
  async session(): Promise<pg.Client> {
    if (this.#session !== undefined) return this.#session
    const session = await this.#parts.database.connect('engine', {
      name: 'daybook engine keeper',
      lease: true,
    })
    this.#session = session
    session.on('notification', this.#onNews)
    session.once('end', this.#onNews)
    await session.query(`listen ${LET_GO}`)
    await introduce(session, this.#names)
    await this.#tidyUp(session)
    return session
  }

  /** Drops what somebody let go of and did not live to drop. */
  async #tidyUp(session: pg.Client): Promise<void> {
    const { rows } = await session.query<{ name: string }>(
      `select name from unnest($1::text[], $2::text[]) as n(name, schema_name)
       where to_regnamespace(schema_name) is not null`,
      [this.#names, this.#names.map((name) => schemaName(name, 'dropped'))],
    )
    if (rows.length === 0) return
    // Readers may hold it up for longer than a lease lasts.
    const client = await this.#parts.database.connect('engine', { name: 'daybook engine tidy up' })
    try {
      for (const { name } of rows) {
        if (!(await tryLock(client, 'rebuild', name))) continue
        await vanish(this.#parts, client, name)
        await unlock(client, 'rebuild', name)
      }
    } finally {
      await client.end().catch(ignore)
    }
  }

  /** Every schema that this process may follow. */
  get all(): readonly string[] {
    return [...this.#held]
  }

  has(schema: string): boolean {
    return this.#held.has(schema)
  }

  isElsewhere(schema: string): boolean {
    return this.#elsewhere.has(schema)
  }

  /** The tables were made anew from this log. */
  isHereNow(schema: string): void {
    this.#elsewhere.delete(schema)
  }

  /**
   * Takes hold of tables if nobody else has. Answers why they failed since, if they did; undefined when
   * they are another's.
   */
  async take(
    state: KnownState,
    slot: FollowedSlot,
  ): Promise<{ readonly failure: ProjectionFailure | undefined } | undefined> {
    const schema = schemaName(state.name, slot)
    const { checkpoint, failure } = state[slot]
    if (this.#held.has(schema)) return { failure }
    const session = await this.session()
    if (!(await tryLock(session, 'follow', schema))) return undefined
    this.#held.add(schema)
    // Whatever failed in an earlier process may be mended by now.
    if (failure !== undefined) await writeFailure(session, schema, undefined)
    const place = await placeInLog(this.#parts.store, checkpoint?.position)
    if (place !== checkpoint?.position) this.#elsewhere.add(schema)
    return { failure: undefined }
  }

  /** Another process may take hold of them. Whoever followed them has stopped. */
  async letGo(schema: string): Promise<void> {
    const session = await this.session()
    await writeLetGo(session, this.owner, [schema])
    await unlock(session, 'follow', schema)
    this.#held.delete(schema)
    this.#elsewhere.delete(schema)
  }

  /** The locks went with the session: somebody else may follow by now. */
  lose(): void {
    // Not ended in good order: the server may be out of reach.
    this.#session?.connection.stream.destroy()
    this.#session = undefined
    this.#held.clear()
    this.#elsewhere.clear()
  }

  /** At the end, once every loop has stopped; others are told. */
  async letGoOfAll(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    try {
      await writeLetGo(session, this.owner, [...this.#held])
      await session.query(`select pg_advisory_unlock_all(); notify ${LET_GO}`)
      await session.end()
    } catch {
      session.connection.stream.destroy()
    }
    this.#session = undefined
    this.#held.clear()
  }
}

const ignore = (): undefined => undefined
