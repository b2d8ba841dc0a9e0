import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import type { TrailEntry } from '#commands/audit-trail.ts'
import { type Counted, TrailBuffer } from './trail-buffer.ts'

/** A table of `daybook` and what of an entry it keeps. */
export interface TrailTable<Entry extends TrailEntry> {
  readonly name: 'refusal' | 'access'
  readonly columns: readonly (keyof Counted<Entry> & string)[]
  readonly kindOf: (entry: Entry) => Entry
}

export interface TrailWriterDeps {
  readonly pool: Pick<pg.Pool, 'query'>
  readonly warn: (message: string, cause: unknown) => void
}

/** How long an entry waits for others, and for a database that is away, in milliseconds. */
const GATHER_MS = 200
const RETRY_MS = 1000
const CLOSE_MS = 3000
const BATCH = 500
/** Per organisation; the oldest go. */
const KEPT_ROWS = 200_000
const KEPT_DAYS = 400
/** After how many rows the oldest are looked for again. */
const PRUNE_EVERY = 5000

/** Writes entries behind the answers, one batch at a time, and lets the oldest go. */
export class TrailWriter<Entry extends TrailEntry> {
  readonly #table: TrailTable<Entry>
  readonly #deps: TrailWriterDeps
  readonly #buffer: TrailBuffer<Entry>
  readonly #sincePruned = new Map<string, number>()
  readonly #closing = new AbortController()
  #writing: Promise<void> | undefined

  constructor(table: TrailTable<Entry>, deps: TrailWriterDeps) {
    this.#table = table
    this.#deps = deps
    this.#buffer = new TrailBuffer(table.kindOf)
  }

  add(entry: Entry): void {
    this.#buffer.add(entry)
    this.#begin()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.race([this.#writing, sleep(CLOSE_MS, undefined, { ref: false })])
  }

  #begin(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      // One may have come when all were written and nobody was told yet.
      if (!this.#buffer.isEmpty && !this.#closing.signal.aborted) this.#begin()
    })
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#closing
    let pause = GATHER_MS
    do {
      await sleep(pause, undefined, { ref: false, signal }).catch(() => undefined)
      const entries = this.#buffer.take(BATCH, signal.aborted)
      const done = entries.length === 0 || (await this.#write(entries))
      if (!done && signal.aborted) return
      pause = done ? GATHER_MS : RETRY_MS
    } while (!this.#buffer.isEmpty)
  }

  async #write(entries: readonly Counted<Entry>[]): Promise<boolean> {
    try {
      await this.#insert(entries)
    } catch (error) {
      if (isDatabaseUnavailable(error)) {
        this.#buffer.putBack(entries)
      } else {
        // What cannot be written as it is must not hold up what comes after it.
        this.#buffer.countAll(entries)
        this.#deps.warn(`entries of ${this.#table.name} were not kept one by one`, error)
      }
      return false
    }
    await this.#prune(entries).catch((error: unknown) =>
      this.#deps.warn(`the oldest of ${this.#table.name} were not let go`, error),
    )
    return true
  }

  async #insert(entries: readonly Counted<Entry>[]): Promise<void> {
    const { name, columns } = this.#table
    const list = columns.join(', ')
    await this.#deps.pool.query({
      name: `trail-${name}`,
      text: `insert into daybook.${name} (${list})
             select ${list} from json_populate_recordset(null::daybook.${name}, $1::json)`,
      values: [JSON.stringify(entries, storable)],
    })
  }

  async #prune(entries: readonly Counted<Entry>[]): Promise<void> {
    const { name } = this.#table
    for (const [organisation, { length }] of Map.groupBy(entries, (entry) => entry.organisation)) {
      const rows = (this.#sincePruned.get(organisation) ?? PRUNE_EVERY) + length
      this.#sincePruned.set(organisation, rows < PRUNE_EVERY ? rows : 0)
      if (rows < PRUNE_EVERY) continue
      await this.#deps.pool.query(
        `delete from daybook.${name} where organisation = $1 and (
           at < now() - make_interval(days => $2)
           or id <= (select id from daybook.${name} where organisation = $1
                     order by id desc offset $3 limit 1))`,
        [organisation, KEPT_DAYS, KEPT_ROWS],
      )
    }
  }
}

/** Text as PostgreSQL takes it. */
function storable(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value
}
