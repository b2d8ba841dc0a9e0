import type { EventMetadata, Position } from '#log/event-store.ts'
import type { KnownOutcome } from './command-outcomes.ts'

interface SeenEvent {
  readonly revision: number
  readonly position: Position
  readonly metadata: EventMetadata
}

interface Entry extends KnownOutcome {
  /** At or after the command's last event. */
  readonly position: Position
}

type Compare = (a: Position, b: Position) => number

/**
 * Beyond this many, a stream's commands are forgotten as the table of outcomes gets to know them: of all the
 * streams that a process keeps in memory (20,000 unless configured) they take some 420 MB at most, measured,
 * and 3.3 GB were it 256.
 */
const KEPT = 32
/**
 * Beyond this many that the table does not know, since nobody folds the log, no more is kept of the oldest than
 * that they were there.
 */
const KEPT_AT_MOST = 10_000

/**
 * The accepted commands that this process saw in one stream, of those whose callers gave a key. From
 * revision `from` on all are here, or among those that were there; what stands before is asked of the table.
 */
export class KnownCommands {
  #from: number
  /** At or after every event before `from`. */
  #before: Position | undefined
  readonly #commands = new Map<string, Entry>()
  readonly #wereThere = new Set<number>()
  /** The last of those that were there. */
  #lastThere: Entry | undefined

  constructor(from: number, before: Position | undefined) {
    this.#from = from
    this.#before = before
  }

  get from(): number {
    return this.#from
  }

  get before(): Position | undefined {
    return this.#before
  }

  /** True when the table must be asked about commands that are not here. */
  get needsTable(): boolean {
    return this.#from > 0 || this.#commands.size > KEPT || this.#lastThere !== undefined
  }

  get(commandId: string): KnownOutcome | undefined {
    return this.#commands.get(commandId)
  }

  /** It stands in the log where the table has not seen it: as good as certain, where it is not here. */
  wasThere(commandId: string): boolean {
    return this.#wereThere.size > 0 && this.#wereThere.has(shortOf(commandId))
  }

  /** The stream's next event. */
  add({ revision, position, metadata: { commandId, bodyHash } }: SeenEvent): void {
    if (bodyHash === undefined) return
    const firstRevision = this.#commands.get(commandId)?.firstRevision ?? revision
    this.#commands.set(commandId, { firstRevision, lastRevision: revision, bodyHash, position })
  }

  /** The event just before `from`. */
  addBefore({ revision, position, metadata: { commandId, bodyHash } }: SeenEvent): void {
    this.#from = revision
    this.#before = position
    if (bodyHash === undefined) return
    const known = this.#commands.get(commandId)
    const lastRevision = known?.lastRevision ?? revision
    this.#commands.set(commandId, {
      firstRevision: revision,
      lastRevision,
      bodyHash,
      position: known?.position ?? position,
    })
  }

  /** Nothing stands before `from`, or the table knows all that does. */
  reachesBackTo(seen: Position | undefined, compare: Compare): boolean {
    if (this.#from === 0) return true
    return seen !== undefined && this.#before !== undefined && compare(this.#before, seen) <= 0
  }

  /** Forgets the oldest, once there are many: wholly, as far as the table knows them. */
  forget(seen: Position | undefined, compare: Compare): void {
    const isInTable = ({ position }: Entry) => seen !== undefined && compare(position, seen) <= 0
    if (this.#lastThere !== undefined && isInTable(this.#lastThere)) {
      this.#leaveToTable(this.#lastThere)
      this.#wereThere.clear()
      this.#lastThere = undefined
    }
    for (const [commandId, entry] of this.#commands) {
      if (this.#commands.size <= KEPT) return
      const inTable = isInTable(entry)
      if (!inTable && this.#commands.size <= KEPT_AT_MOST) return
      this.#commands.delete(commandId)
      if (inTable) this.#leaveToTable(entry)
      else this.#noteThere(commandId, entry)
    }
  }

  #leaveToTable({ lastRevision, position }: Entry): void {
    if (lastRevision < this.#from) return
    this.#from = lastRevision + 1
    this.#before = position
  }

  #noteThere(commandId: string, entry: Entry): void {
    this.#wereThere.add(shortOf(commandId))
    const last = this.#lastThere
    if (last === undefined || last.lastRevision < entry.lastRevision) this.#lastThere = entry
  }
}

/** The first 48 bits of a hash, which a number holds. */
function shortOf(commandId: string): number {
  return Number.parseInt(commandId.slice(0, 8) + commandId.slice(9, 13), 16)
}
