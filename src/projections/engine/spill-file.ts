import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { hashOf, SpillIndex } from './spill-index.ts'

/** Before each record: the key's hash, the lengths of key and line in bytes. */
const HEADER_BYTES = 12
const BUFFER_BYTES = 256 * 1024
/** Read at once for a record, header included; longer ones need a second read. */
const GUESS_BYTES = 1024

interface Rec {
  readonly key: string
  readonly line: string
}

/**
 * Lines of text by key, in a file without a name: it vanishes with the process, whatever happens, and
 * nobody else can open it. Lines are appended and never changed; one that was taken is left behind as
 * waste. Only an index of 12 bytes a line or so stays in memory.
 */
export class SpillFile {
  readonly #file: number
  readonly #index = new SpillIndex()
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #buffered = 0
  /** Bytes in the file itself; what is buffered comes after them. */
  #written = 0
  readonly #guess = Buffer.allocUnsafe(GUESS_BYTES)

  constructor(directory: string) {
    const name = path.join(directory, `daybook-rebuild-${randomUUID()}`)
    this.#file = openSync(name, 'wx+', 0o600)
    unlinkSync(name)
  }

  /** Lines that were put and not taken. */
  get size(): number {
    return this.#index.size
  }

  /** The key must not be there already. */
  put(key: string, line: string): void {
    const hash = hashOf(key)
    const keyBytes = Buffer.byteLength(key)
    const lineBytes = Buffer.byteLength(line)
    const bytes = HEADER_BYTES + keyBytes + lineBytes
    if (this.#buffered + bytes > BUFFER_BYTES) this.#flush()
    this.#index.add(hash, this.#written + this.#buffered)
    const large = bytes > BUFFER_BYTES
    const target = large ? Buffer.allocUnsafe(bytes) : this.#buffer
    const at = large ? 0 : this.#buffered
    target.writeUInt32LE(hash, at)
    target.writeUInt32LE(keyBytes, at + 4)
    target.writeUInt32LE(lineBytes, at + 8)
    target.write(key, at + HEADER_BYTES)
    target.write(line, at + HEADER_BYTES + keyBytes)
    if (large) this.#append(target)
    else this.#buffered += bytes
  }

  /** Removes the line and answers it; undefined when there is none. */
  take(key: string): string | undefined {
    if (this.#index.size === 0) return undefined
    const hash = hashOf(key)
    let found: Rec | undefined
    const place = this.#index.find(hash, (candidate) => {
      found = this.#read(candidate)
      return found.key === key
    })
    if (place === undefined) return undefined
    this.#index.remove(hash, place)
    return found?.line
  }

  /** All lines that were not taken, in the order put, many to a chunk. */
  *chunks(): Generator<Buffer> {
    this.#flush()
    for (let place = 0; place < this.#written; ) {
      // What was written is in the file: the buffer is free to read into.
      const read = readSync(this.#file, this.#buffer, 0, BUFFER_BYTES, place)
      const window = this.#buffer.subarray(0, read)
      const parts: Buffer[] = []
      let at = 0
      while (at + HEADER_BYTES <= window.length) {
        const end = at + recordBytes(window, at)
        if (end > window.length) break
        if (this.#isThere(window.readUInt32LE(at), place + at)) parts.push(lineAt(window, at))
        at = end
      }
      if (at === 0) {
        const record = this.#readAt(place, recordBytes(window, 0))
        if (this.#isThere(record.readUInt32LE(0), place)) parts.push(lineAt(record, 0))
        at = record.length
      }
      place += at
      if (parts.length > 0) yield Buffer.concat(parts)
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #isThere(hash: number, place: number): boolean {
    return this.#index.find(hash, (candidate) => candidate === place) !== undefined
  }

  #read(place: number): Rec {
    let at = place - this.#written
    let source: Buffer = this.#buffer
    if (at < 0) {
      at = 0
      source = this.#guess
      const read = readSync(this.#file, source, 0, GUESS_BYTES, place)
      const bytes = recordBytes(source, 0)
      if (bytes > read) source = this.#readAt(place, bytes)
    }
    const keyEnd = at + HEADER_BYTES + source.readUInt32LE(at + 4)
    return {
      key: source.toString('utf8', at + HEADER_BYTES, keyEnd),
      line: source.toString('utf8', keyEnd, at + recordBytes(source, at)),
    }
  }

  #readAt(place: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes)
    const read = readSync(this.#file, buffer, 0, bytes, place)
    return buffer.subarray(0, read)
  }

  #flush(): void {
    this.#append(this.#buffer.subarray(0, this.#buffered))
    this.#buffered = 0
  }

  #append(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written + done)
    }
    this.#written += bytes.length
  }
}

function recordBytes(buffer: Buffer, at: number): number {
  return HEADER_BYTES + buffer.readUInt32LE(at + 4) + buffer.readUInt32LE(at + 8)
}

function lineAt(buffer: Buffer, at: number): Buffer {
  return buffer.subarray(
    at + HEADER_BYTES + buffer.readUInt32LE(at + 4),
    at + recordBytes(buffer, at),
  )
}
