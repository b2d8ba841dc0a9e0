import type pg from 'pg'
import { UnreadableEvent } from '#log/codec.ts'
import type { Position } from '#log/event-store.ts'
import { emptiedOf, ErasedSubjects } from './erased-rows.ts'
import type { FeedBatch } from './feed-buffer.ts'
import { LiveRows } from './live-rows.ts'
import { LiveStatements, type Prepared, partValues, type TableChanges } from './live-statements.ts'
import { Ordinals } from './ordinals.ts'
import type { OrganisationContext } from './organisation-context.ts'
import type { FoldedEvent, Projection, Row, Table } from './projection.ts'
import { isKnownType } from './read-events.ts'
import type { Checkpoint } from './registry.ts'
import { readContexts } from './registry.ts'
import { foldEvent, keysOf, type Route, type Routes, routesOf } from './routing.ts'
import { type Slot, schemaName } from './schema-name.ts'
import { TableStatistics } from './table-statistics.ts'

/** Somebody else owns the checkpoint now; nothing was written, and nothing more may be. */
export class Fenced extends Error {
  override readonly name = 'Fenced'

  constructor(projection: string) {
    super(`Projection ${projection} was taken over`)
  }
}

/**
 * Folds batches into the tables of one schema, each in one statement that also moves the checkpoint.
 * After an error its memory is ahead of the tables: it has to be opened anew from the checkpoint.
 */
export class TableWriter {
  /** Everything up to here has been considered. */
  position: Position | undefined
  /** Of the last event considered. */
  ordinal: number
  recordedAt: string | undefined
  readonly #client: pg.Client
  readonly #projection: Projection
  readonly #statements: LiveStatements
  readonly #schema: string
  readonly #epoch: string
  readonly #ordinals: Ordinals
  readonly #statistics: TableStatistics
  readonly #routes: Routes
  /** Where the checkpoint stands: behind `position` while there was nothing to write. */
  #written: Position | undefined

  private constructor(
    client: pg.Client,
    projection: Projection,
    slot: Slot,
    checkpoint: Checkpoint,
    ordinals: Ordinals,
    statistics: TableStatistics,
  ) {
    this.#client = client
    this.#projection = projection
    this.#statements = new LiveStatements(projection, slot)
    this.#schema = schemaName(projection.name, slot)
    this.#epoch = checkpoint.epoch
    this.#ordinals = ordinals
    this.#statistics = statistics
    this.#routes = routesOf([projection])
    this.#written = checkpoint.position
    this.position = checkpoint.position
    this.ordinal = checkpoint.ordinal
    this.recordedAt = checkpoint.recordedAt
  }

  /** The connection should be pipelined, and is the caller's to end. */
  static async open(
    client: pg.Client,
    projection: Projection,
    slot: Slot,
    checkpoint: Checkpoint,
  ): Promise<TableWriter> {
    const contexts = await readContexts(client, projection.name, slot)
    const ordinals = new Ordinals(checkpoint.ordinal, contexts)
    const statistics = await TableStatistics.open(client, projection, slot)
    return new TableWriter(client, projection, slot, checkpoint, ordinals, statistics)
  }

  /**
   * Folds and writes the batch. Nothing of it is written when this throws.
   *
   * @throws Fenced, FoldFailed; UnreadableEvent when this projection would have to fold it; whatever
   *   PostgreSQL has against the rows.
   */
  async apply(batch: FeedBatch): Promise<void> {
    const erased = new ErasedSubjects()
    const routed = this.#route(batch, erased)
    const tables = await this.#load(routed)
    for (const { route, event, context } of routed) {
      foldEvent(route, event, context, rowsOf(tables, route.table))
    }
    await this.#clear(erased, tables)
    const changes = [...tables.values()].map((rows) => rows.changes())
    await this.#write(batch, changes)
  }

  /** True when the checkpoint is behind because there was nothing to write. */
  get isAhead(): boolean {
    return this.position !== this.#written
  }

  /** Remembers that there was nothing to fold up to here, which is not worth a statement. */
  moveTo(position: Position): void {
    this.position = position
  }

  /** False when somebody took the tables over, or replaced them: whatever went wrong, it is why. */
  async isOwner(): Promise<boolean> {
    const { rowCount } = await this.#client.query(
      'select from daybook.projection where schema_name = $1 and epoch = $2',
      [this.#schema, this.#epoch],
    )
    return rowCount === 1
  }

  /** Counts the events; those that are folded come back, in order, once for each table. */
  #route({ stored, read }: FeedBatch, erased: ErasedSubjects): readonly Routed[] {
    const routed: Routed[] = []
    for (const [at, original] of stored.entries()) {
      const event = read[at]
      const routes = this.#routes.get(original.type)
      const concerned = routes !== undefined || !isKnownType(original.type)
      if (event instanceof UnreadableEvent && concerned) throw event
      if (event === undefined || event instanceof UnreadableEvent || routes === undefined) {
        this.#ordinals.skip(original)
        continue
      }
      const folded = this.#ordinals.mark(event)
      erased.add(folded)
      const { context } = this.#ordinals
      for (const route of routes) routed.push({ route, event: folded, context })
    }
    return routed
  }

  /** The rows of every table that is touched, once per table. */
  async #load(routed: readonly Routed[]): Promise<ReadonlyMap<Table, LiveRows>> {
    const tables = new Map<Table, LiveRows>()
    for (const { route, event, context } of routed) {
      const { table } = route
      let rows = tables.get(table)
      if (rows === undefined) tables.set(table, (rows = new LiveRows(table)))
      if (table.insertOnly === true) continue
      const { organisation } = event.metadata
      for (const key of keysOf(route, event, context)) rows.want(organisation, key)
    }
    const keyed = [...tables.values()].filter((rows) => rows.isWanted)
    await Promise.all(
      keyed.map(async (rows) => {
        rows.loaded(await this.#query(this.#statements.load(rows.table), rows.wanted()))
      }),
    )
    return tables
  }

  /** Ahead of what the batch writes: it can be done twice, and by somebody who is fenced since. */
  async #clear(erased: ErasedSubjects, tables: ReadonlyMap<Table, LiveRows>): Promise<void> {
    for (const table of this.#projection.tables) {
      const emptied = emptiedOf(table)
      if (emptied === undefined) continue
      tables.get(table)?.clear(erased.byOrganisation)
      for (const [organisation, ids] of erased.byOrganisation) {
        await this.#query(this.#statements.clear(table, emptied), [organisation, [...ids]])
      }
    }
  }

  async #write(batch: FeedBatch, changes: readonly TableChanges[]): Promise<void> {
    const recordedAt = batch.stored.at(-1)?.metadata.recordedAt ?? this.recordedAt
    const answered = await this.#query(this.#statements.write(changes), [
      this.#epoch,
      this.#written ?? null,
      batch.position,
      this.#ordinals.ordinal,
      recordedAt ?? null,
      JSON.stringify(this.#ordinals.takeTouched()),
      ...partValues(changes),
    ])
    if (answered.length === 0) throw new Fenced(this.#projection.name)
    this.#written = batch.position
    this.position = batch.position
    this.ordinal = this.#ordinals.ordinal
    this.recordedAt = recordedAt
    await this.#statistics.follow(this.#client, changes)
  }

  async #query(statement: Prepared, values: readonly unknown[]): Promise<readonly Row[]> {
    const { rows } = await this.#client.query<Row>({ ...statement, values: [...values] })
    return rows
  }
}

/** An event on its way into one table, with the context in force then. */
interface Routed {
  readonly route: Route
  readonly event: FoldedEvent
  readonly context: OrganisationContext
}

function rowsOf(tables: ReadonlyMap<Table, LiveRows>, table: Table): LiveRows {
  const rows = tables.get(table)
  if (rows === undefined) throw new Error(`${table.name} was not loaded`)
  return rows
}
