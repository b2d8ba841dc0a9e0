import type { ReadonlyKysely } from 'kysely/readonly'
import type pg from 'pg'
import type { ReadModels } from '#projections/read-models.ts'

/**
 * One PostgreSQL, three roles (architecture.md, section 3): the reader sees one organisation's rows and
 * can change nothing, the writer appends and keeps what belongs to commands, the engine owns the schemas
 * of the read models. All three are reached from one login; the server never works as superuser.
 */
export type Role = 'reader' | 'writer' | 'engine'

export interface Database {
  /**
   * Runs a query in one read-only transaction as the reader, with row-level security set to one
   * organisation: rows of others do not exist.
   */
  query<T>(organisation: string, run: (db: ReadonlyKysely<ReadModels>) => Promise<T>): Promise<T>
  /** How this program is called among those that work on one database: host and process. */
  readonly program: string
  /** Connections as the writer. */
  readonly writer: pg.Pool
  /** Connections as the engine. */
  readonly engine: pg.Pool
  /** A connection of its own, connected: for listening, locks, pipelines, COPY. The caller ends it. */
  connect(role: Role, options?: ConnectOptions): Promise<pg.Client>
  close(): Promise<void>
}

export interface ConnectOptions {
  readonly pipeline?: boolean
  readonly name?: string
  /** Its locks are a lease, lost within seconds when this process hangs or is out of reach. Pipelined. */
  readonly lease?: boolean
  /** A server that answers a statement later than this, in milliseconds, counts as gone. Default: never. */
  readonly silenceMs?: number
}
