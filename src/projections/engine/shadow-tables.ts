import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import { asLogin } from './as-login.ts'
import { BulkRows } from './bulk-rows.ts'
import { CopyStream } from './copy-stream.ts'
import { rowText } from './copy-text.ts'
import { clearDestroyedText, emptiedOf } from './erased-rows.ts'
import type { FoldTarget } from './fold-log.ts'
import { inParallel } from './in-parallel.ts'
import type { Projection, Table } from './projection.ts'
import type { Rows } from './routing.ts'
import type { RowMemory } from './row-memory.ts'
import { createTables, indexTable, tableName } from './schema.ts'
import type { Slot } from './schema-name.ts'

export interface ShadowOptions {
  readonly database: Database
  readonly memory: RowMemory
  readonly spillDirectory: string
  /** False for tables that are only compared and dropped. */
  readonly kept: boolean
}

/**
 * Tables of one projection that nobody reads yet, filled by folding the whole log: rows of insert-only
 * tables go straight out by COPY, the others are kept until the end and go then.
 */
export class ShadowTables implements FoldTarget {
  readonly projection: Projection
  readonly #slot: Slot
  readonly #client: pg.Client
  readonly #second: pg.Client
  /** Ids of the sessions that do more than COPY, in PostgreSQL. */
  readonly #sessions: number[] = []
  /** Busy with COPY until the end. */
  readonly #copying: pg.Client[] = []
  readonly #streams = new Map<Table, CopyStream>()
  /** By PostgreSQL’s clock, well before anything was read of the log. */
  readonly #since: string
  readonly #kept = new Map<Table, BulkRows>()

  private constructor(
    projection: Projection,
    slot: Slot,
    [client, second]: readonly [pg.Client, pg.Client],
    since: string,
  ) {
    this.projection = projection
    this.#slot = slot
    this.#client = client
    this.#second = second
    this.#since = since
  }

  /** Makes the schema, empty; one left over goes. */
  static async open(
    projection: Projection,
    slot: Slot,
    options: ShadowOptions,
  ): Promise<ShadowTables> {
    const both = await twoConnections(options.database)
    const [client, second] = both
    const shadow = new ShadowTables(projection, slot, both, await timeOf(both))
    try {
      for (const one of [client, second]) shadow.#sessions.push(await sessionOf(one))
      await createTables(client, projection, slot, { kept: options.kept })
      const { memory, spillDirectory } = options
      for (const table of projection.tables) {
        if (table.insertOnly === true) await shadow.#openStream(table, options.database)
        else shadow.#kept.set(table, new BulkRows(table, memory, spillDirectory))
      }
    } catch (error) {
      await shadow.close()
      throw error
    }
    return shadow
  }

  async #openStream(table: Table, database: Database): Promise<void> {
    const client = await bulkConnection(database)
    this.#copying.push(client)
    this.#streams.set(table, new CopyStream(client, this.projection, this.#slot, table))
  }

  rowsOf(table: Table): Rows {
    const stream = this.#streams.get(table)
    return stream === undefined ? this.#keptOf(table) : insertedInto(stream, table)
  }

  async room(): Promise<void> {
    for (const stream of this.#streams.values()) await stream.room()
  }

  /**
   * Writes out what was kept and, as soon as a table is whole, indexes it; two tables at a time, those
   * that are whole already first. The connection that it answers is free for more.
   */
  async finish({ indexed = true } = {}): Promise<pg.Client> {
    const streamed = [...this.#streams.keys()]
    await inParallel(
      [this.#client, this.#second],
      [...streamed, ...this.#kept.keys()],
      async (client, table) => {
        await this.#writeOut(client, table)
        await this.#clearErased(client, table)
        if (indexed) await indexTable(client, this.projection, this.#slot, table)
      },
    )
    return this.#client
  }

  /** Whoever was erased while the log was read may have been read before. */
  async #clearErased(client: pg.Client, table: Table): Promise<void> {
    const emptied = emptiedOf(table)
    if (emptied === undefined) return
    const target = tableName(this.projection, this.#slot, table)
    await client.query(clearDestroyedText(target, emptied), [this.#since])
  }

  async #writeOut(client: pg.Client, table: Table): Promise<void> {
    const open = this.#streams.get(table)
    if (open !== undefined) {
      await open.end()
      this.#streams.delete(table)
      return
    }
    const rows = this.#keptOf(table)
    const stream = new CopyStream(client, this.projection, this.#slot, table)
    await stream.addAll(rows.chunks())
    await stream.end()
    rows.close()
    this.#kept.delete(table)
  }

  /** Ends what PostgreSQL is doing for it: indexing a large table takes long. */
  async interrupt(database: Database): Promise<void> {
    await asLogin(database, (login) =>
      login.query('select pg_cancel_backend(pid) from unnest($1::integer[]) as s(pid)', [
        this.#sessions,
      ]),
    )
  }

  /** Lets go of connections and memory; rows that are not finished are lost. */
  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.cancel()
    for (const rows of this.#kept.values()) rows.close()
    const clients = [this.#client, this.#second, ...this.#copying]
    await Promise.all(clients.map((client) => client.end().catch(ignore)))
  }

  #keptOf(table: Table): BulkRows {
    const rows = this.#kept.get(table)
    if (rows === undefined) throw new Error(`${table.name} is no table of ${this.projection.name}`)
    return rows
  }
}

function insertedInto(stream: CopyStream, table: Table): Rows {
  const text = rowText(table)
  return {
    get: () => undefined,
    set: () => undefined,
    insert: (organisation, row) => stream.add(text.write(organisation, row)),
  }
}

/** Filling tables anew can be repeated, so nothing waits for the disk. */
async function bulkConnection(database: Database): Promise<pg.Client> {
  const client = await database.connect('engine', { name: 'daybook engine rebuild' })
  await client.query("set synchronous_commit = off; set maintenance_work_mem = '64MB'")
  return client
}

/** The connections are let go of when it cannot be told. */
async function timeOf(clients: readonly pg.Client[]): Promise<string> {
  try {
    const { rows } = (await clients[0]?.query<{ now: string }>(
      `select (clock_timestamp() - interval '1 minute')::text as now`,
    )) ?? { rows: [] }
    if (rows[0] === undefined) throw new Error('A select without a table answered no row')
    return rows[0].now
  } catch (error) {
    await Promise.all(clients.map((client) => client.end().catch(ignore)))
    throw error
  }
}

async function sessionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  if (rows[0] === undefined) throw new Error('A select without a table answered no row')
  return rows[0].pid
}

async function twoConnections(database: Database): Promise<readonly [pg.Client, pg.Client]> {
  const first = await bulkConnection(database)
  try {
    return [first, await bulkConnection(database)]
  } catch (error) {
    await first.end().catch(ignore)
    throw error
  }
}

const ignore = (): void => undefined
