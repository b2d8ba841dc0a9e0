import { type RowText, rowText } from './copy-text.ts'
import type { Row, Table } from './projection.ts'
import type { Rows } from './routing.ts'
import { organisationOf } from './row-key.ts'
import type { RowKeeper, RowMemory } from './row-memory.ts'
import { SpillFile } from './spill-file.ts'

const CHUNK_CHARACTERS = 256 * 1024

/** A row in memory, and the table's age when it was touched last. */
interface Kept {
  row: Row
  age: number
}

/**
 * The rows of one table while the whole log is folded: those touched lately in memory, the others in a
 * file, from where they come back when an event touches them again. What was not touched since the
 * table aged last goes to the file when it ages again.
 */
export class BulkRows implements Rows, RowKeeper {
  readonly #text: RowText
  readonly #memory: RowMemory
  readonly #spillDirectory: string
  readonly #rows = new Map<string, Kept>()
  /** What was found for the key asked for last. */
  #asked: Kept | undefined
  #age = 0
  #spill: SpillFile | undefined
  #rowBytes: number

  /** `spillDirectory` is where a file for what does not fit is made. */
  constructor(table: Table, memory: RowMemory, spillDirectory: string) {
    this.#text = rowText(table)
    this.#memory = memory
    this.#spillDirectory = spillDirectory
    this.#rowBytes = rowBytes(20 * Object.keys(table.columns).length)
    memory.join(this)
  }

  get bytes(): number {
    return this.#rows.size * this.#rowBytes
  }

  get(key: string): Row | undefined {
    // Here and not in `set`, so that a row that was asked for is still there when it is set.
    this.#memory.relieve()
    this.#asked = this.#rows.get(key)
    if (this.#asked === undefined) {
      const line = this.#spill?.take(key)
      if (line === undefined) return undefined
      this.#keep(key, this.#text.read(line))
    } else {
      this.#asked.age = this.#age
    }
    return this.#asked?.row
  }

  set(key: string, row: Row | undefined): void {
    if (row === undefined) this.#remove(key)
    else if (this.#asked === undefined) this.#keep(key, row)
    else this.#asked.row = row
  }

  #keep(key: string, row: Row): void {
    this.#asked = { row, age: this.#age }
    this.#rows.set(key, this.#asked)
    this.#memory.add(this.#rowBytes)
  }

  #remove(key: string): void {
    this.#asked = undefined
    if (this.#rows.delete(key)) this.#memory.add(-this.#rowBytes)
  }

  age(): void {
    let count = 0
    let characters = 0
    for (const [key, kept] of this.#rows) {
      if (kept.age === this.#age) continue
      characters += this.#spillOut(key, kept.row)
      count += 1
      this.#rows.delete(key)
    }
    if (count > 0) this.#rowBytes = rowBytes(characters / count)
    this.#age += 1
  }

  /** Rows of insert-only tables need not be kept. */
  insert(): void {
    throw new Error('Rows of an insert-only table go straight to COPY')
  }

  /** All rows as text for COPY; nothing may be set afterwards. */
  *chunks(): Generator<Buffer> {
    if (this.#spill === undefined) {
      yield* this.#inMemory()
      return
    }
    for (const [key, { row }] of this.#rows) this.#spillOut(key, row)
    yield* this.#spill.chunks()
  }

  close(): void {
    this.#memory.leave(this)
    this.#spill?.close()
    this.#spill = undefined
    this.#rows.clear()
  }

  /** Answers the length of its text. */
  #spillOut(key: string, row: Row): number {
    this.#spill ??= new SpillFile(this.#spillDirectory)
    const line = this.#text.write(organisationOf(key), row)
    this.#spill.put(key, line)
    return line.length
  }

  *#inMemory(): Generator<Buffer> {
    let text = ''
    for (const [key, { row }] of this.#rows) {
      text += this.#text.write(organisationOf(key), row)
      if (text.length < CHUNK_CHARACTERS) continue
      yield Buffer.from(text)
      text = ''
    }
    if (text !== '') yield Buffer.from(text)
  }
}

/** A row as an object costs some three times its text, and its key. */
function rowBytes(characters: number): number {
  return 200 + 3 * characters
}
