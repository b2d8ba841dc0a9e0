import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Projection, Table } from './projection.ts'
import { columnNames, listed, tableName } from './schema.ts'
import type { Slot } from './schema-name.ts'

const CHUNK_BYTES = 128 * 1024

/** Rows on their way into one table, in PostgreSQL's text format; they are there when `end` returns. */
export class CopyStream {
  readonly #stream: ReturnType<typeof copyFrom>
  readonly #finished: Promise<void>
  #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  #bytes = 0
  #full = false

  /** Takes the connection, which is not pipelined, until `end` returns. */
  constructor(client: pg.Client, projection: Projection, slot: Slot, table: Table) {
    const target = tableName(projection, slot, table)
    const statement = `copy ${target} (${listed(columnNames(table))}) from stdin`
    this.#stream = client.query(copyFrom(statement))
    this.#finished = finished(this.#stream)
    // Told to whoever ends it or waits for room.
    this.#finished.catch(() => undefined)
  }

  /** Adds a line; `room` must be awaited now and then. */
  add(line: string): void {
    // A UTF-16 unit is three bytes of UTF-8 at most.
    const most = line.length * 3
    if (this.#bytes + most > CHUNK_BYTES) this.#sendChunk()
    if (most > CHUNK_BYTES) this.#send(Buffer.from(line))
    else this.#bytes += this.#chunk.write(line, this.#bytes)
  }

  /** Returns when PostgreSQL has taken enough for more to be sent. */
  async room(): Promise<void> {
    if (!this.#full) return
    await Promise.race([once(this.#stream, 'drain'), this.#finished])
    this.#full = false
  }

  async addAll(chunks: Iterable<Buffer>): Promise<void> {
    for (const chunk of chunks) {
      this.#send(chunk)
      await this.room()
      // Others of this process have their turn between chunks.
      await setImmediate()
    }
  }

  /** @throws whatever PostgreSQL has against a row; no row is there then. */
  async end(): Promise<void> {
    this.#sendChunk()
    this.#stream.end()
    await this.#finished
  }

  /** Gives up: no row will be there. */
  cancel(): void {
    this.#stream.destroy()
  }

  #sendChunk(): void {
    if (this.#bytes === 0) return
    this.#send(this.#chunk.subarray(0, this.#bytes))
    this.#chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    this.#bytes = 0
  }

  #send(bytes: Buffer): void {
    this.#full = !this.#stream.write(bytes)
  }
}
