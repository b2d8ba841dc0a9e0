/** What stands in a slot instead of a place. */
const FREE = 0
const REMOVED = -1
const FIRST_CAPACITY = 1024

/**
 * Finds places in a file by the hash of a key, in 12 bytes a slot: a million keys cost 24 MB. Different
 * keys may share a hash; whoever asks compares the keys that stand at the places.
 */
export class SpillIndex {
  /** Places that can be found. */
  size = 0
  #hashes = new Uint32Array(FIRST_CAPACITY)
  /** Place + 1, so that zero means free. */
  #places = new Float64Array(FIRST_CAPACITY)
  /** Slots that are not free: they lengthen every search. */
  #used = 0

  add(hash: number, place: number): void {
    if (this.#used >= this.#hashes.length * 0.6) this.#rebuild()
    this.#put(hash, place + 1)
    this.size += 1
  }

  /** The first place of that hash for which `matches` holds; undefined when there is none. */
  find(hash: number, matches: (place: number) => boolean): number | undefined {
    const slot = this.#slotOf(hash, matches)
    return slot === undefined ? undefined : (this.#places[slot] as number) - 1
  }

  remove(hash: number, place: number): void {
    const slot = this.#slotOf(hash, (other) => other === place)
    if (slot === undefined) return
    this.#places[slot] = REMOVED
    this.size -= 1
  }

  #slotOf(hash: number, matches: (place: number) => boolean): number | undefined {
    const last = this.#hashes.length - 1
    for (let slot = spread(hash) & last; ; slot = (slot + 1) & last) {
      const place = this.#places[slot] as number
      if (place === FREE) return undefined
      if (place !== REMOVED && this.#hashes[slot] === hash && matches(place - 1)) return slot
    }
  }

  #put(hash: number, stored: number): void {
    const last = this.#hashes.length - 1
    let slot = spread(hash) & last
    while (this.#places[slot] !== FREE) slot = (slot + 1) & last
    this.#hashes[slot] = hash
    this.#places[slot] = stored
    this.#used += 1
  }

  #rebuild(): void {
    const hashes = this.#hashes
    const places = this.#places
    let capacity = FIRST_CAPACITY
    while (capacity * 0.3 < this.size + 1) capacity *= 2
    this.#hashes = new Uint32Array(capacity)
    this.#places = new Float64Array(capacity)
    this.#used = 0
    for (let slot = 0; slot < hashes.length; slot += 1) {
      const stored = places[slot] as number
      if (stored > 0) this.#put(hashes[slot] as number, stored)
    }
  }
}

function spread(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0
}

/** FNV-1a over the text's UTF-16 units, 32 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}
