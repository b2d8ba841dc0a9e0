import type { DaybookEvent, EventOf, EventType } from '#domain/events.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { ReferenceKind } from '../log/reference.ts'
import type { OrganisationContext } from './organisation-context.ts'

/**
 * A projection is a set of tables; a table is a key and, per event type, a pure function that folds
 * the event into the row of each key it touches. The engine owns everything else: reading, batching,
 * writing, checkpoints, rebuilds, verification. Authors write pure functions and nothing more.
 */

/** A PostgreSQL column type that folds may use. `bigint` and `numeric` values are strings in rows. */
export type ColumnType =
  | 'text'
  | 'bigint'
  | 'numeric'
  | 'integer'
  | 'boolean'
  | 'date'
  | 'timestamptz'
  | 'uuid'
  | 'jsonb'

export interface Column {
  readonly type: ColumnType
  readonly nullable?: boolean
  /**
   * What stands here is personal data of the subject that this column of the row names: readers without
   * the right to it see a mask. Text only. Where it may be null it is emptied when that subject is erased,
   * and folds keep nothing where an event reads `erased`; where not, a fold has to see to it.
   */
  readonly personal?: string
}

/** A row's values: text, number (integer columns only), boolean, null, or JSON (jsonb columns only). */
export type Row = Readonly<Record<string, unknown>>

/**
 * An event on its way through a fold, with its ordinals: 1, 2, 3 … over the log and per organisation. An
 * access has the organisation's ordinal of the event before it: how far the books were when they were read.
 */
export type FoldedEvent<Event = DaybookEvent> = RecordedEvent<Event> & {
  readonly ordinal: number
  readonly organisationOrdinal: number
}

/** How one event type changes a table. */
export interface Fold<R extends Row, Event> {
  /** The keys of the rows that this event touches, each without `organisation` (the engine adds it). Default: none. */
  readonly keys: (event: FoldedEvent<Event>, context: OrganisationContext) => readonly Partial<R>[]
  /** The row after the event, or undefined to delete it. Pure; never throws on a fact. */
  readonly fold: (
    row: R | undefined,
    event: FoldedEvent<Event>,
    context: OrganisationContext,
    key: Partial<R>,
  ) => R | undefined
}

export interface Table<R extends Row = Row> {
  readonly name: string
  /** Every column but `organisation`, which each table has as the first part of its key. */
  readonly columns: Readonly<Record<keyof R & string, Column>>
  readonly key: readonly (keyof R & string)[]
  /**
   * True when a key holds the event's ordinal, so that a row is new whenever it is written: the engine
   * then need not load or keep it.
   */
  readonly insertOnly?: boolean
  /**
   * True when its rows are of persons though no column is personal, and go when the person does: what they
   * were is then taken out of the database's files, as that of tables with a personal column is.
   */
  readonly forgets?: boolean
  /** Further indexes, each a list of columns (`organisation` is put before them) or an SQL expression list. */
  readonly indexes?: readonly (readonly string[])[]
  readonly on: { readonly [T in EventType]?: Fold<R, EventOf<T>> }
  /**
   * Where the events stand that may have made the row of a key, so that the row can be folded again
   * without reading the whole log. More than the right ones do no harm: `keys` decides. Undefined, or
   * absent: every event of a type in `on`.
   */
  readonly madeBy?: (key: Partial<R>) => MadeBy | undefined
}

/** Some of an organisation's events: those that concern a thing, those of a stream, or a single one. */
export type MadeBy =
  | { readonly concerns: { readonly kind: ReferenceKind; readonly id: string } }
  | { readonly stream: string }
  | { readonly ordinal: string }

/** The events that concern one thing, as a table's `madeBy` says it. */
export function concerning(kind: ReferenceKind, id: string | undefined): MadeBy | undefined {
  return id === undefined ? undefined : { concerns: { kind, id } }
}

/** One event, as a table's `madeBy` says it. */
export function madeAt(ordinal: string | undefined): MadeBy | undefined {
  return ordinal === undefined ? undefined : { ordinal }
}

declare const rowType: unique symbol

/** A table among tables of several row types that still knows its own. */
export type TableOf<R extends Row> = Table & { readonly [rowType]?: R }

/** Keeps a table's row type while collecting tables of several row types. */
export function table<R extends Row>(definition: Table<R>): TableOf<R> {
  return definition as unknown as TableOf<R>
}

export interface Projection {
  /** Lower-case words with underscores: the name of its PostgreSQL schema too. */
  readonly name: string
  /** Raised when a fold or a column changes: the engine then rebuilds it beside the old one. */
  readonly version: number
  readonly tables: readonly Table[]
  /**
   * The version before, while its tables are to be followed, read and gone back to: until it is dropped.
   * A column keeps its type through versions; one whose type or meaning changes gets a new name, so that
   * no query ever reads the one for the other.
   */
  readonly previous?: Projection
  /**
   * SQL run in the projection's schema after its tables are made (`:schema` is the quoted schema name):
   * functions, triggers, views. Checks on writes belong here, business logic does not.
   */
  readonly sql?: string
  /**
   * A query over `:schema` that must answer no row before a rebuild may replace the live tables; each
   * row it answers is a finding.
   */
  readonly invariant?: string
}
