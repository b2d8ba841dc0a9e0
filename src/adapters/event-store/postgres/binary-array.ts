const HEADER_BYTES = 20
const INITIAL_BYTES = 16 * 1024
/** A character of a JavaScript string takes at most this many bytes in UTF-8. */
const BYTES_PER_CHARACTER = 3

/** Types of PostgreSQL by their numbers, which never change. */
export const elementTypes = { text: 25, integer: 23, uuid: 2950 } as const

/**
 * A one-dimensional array in PostgreSQL's binary format, written into memory that is used again and
 * again: a header (dimensions, nulls, element type, count, lower bound), then each element behind its
 * length.
 */
export class BinaryArray {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #length = HEADER_BYTES
  #count = 0

  constructor(elementType: number) {
    this.#writeHeader(elementType)
  }

  clear(): void {
    this.#length = HEADER_BYTES
    this.#count = 0
  }

  addText(text: string): void {
    const at = this.#reserve(text.length * BYTES_PER_CHARACTER)
    this.#added(at, this.#bytes.write(text, at))
  }

  addInteger(value: number): void {
    const at = this.#reserve(4)
    this.#bytes.writeInt32BE(value, at)
    this.#added(at, 4)
  }

  addUuid(uuid: string): void {
    const at = this.#reserve(16)
    this.#added(at, this.#bytes.write(uuid.replaceAll('-', ''), at, 'hex'))
  }

  /** Valid until the array is changed. */
  get bytes(): Buffer {
    this.#bytes.writeInt32BE(this.#count, 12)
    return this.#bytes.subarray(0, this.#length)
  }

  #writeHeader(elementType: number): void {
    this.#bytes.writeInt32BE(1, 0)
    this.#bytes.writeInt32BE(0, 4)
    this.#bytes.writeInt32BE(elementType, 8)
    this.#bytes.writeInt32BE(1, 16)
  }

  /** Where the next element's content goes, behind its length. */
  #reserve(bytes: number): number {
    const at = this.#length + 4
    if (at + bytes > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(at + bytes, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    return at
  }

  #added(at: number, bytes: number): void {
    this.#bytes.writeInt32BE(bytes, at - 4)
    this.#length = at + bytes
    this.#count += 1
  }
}
