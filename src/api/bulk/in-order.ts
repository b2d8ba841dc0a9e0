import { Sequence, type Turn } from '#commands/sequence.ts'

/** Where a command stands among the others: see `CommandOrder`. */
export interface Place {
  /** Absent: everything. The first is the stream of commands that leave in groups. */
  readonly touches: readonly string[] | undefined
  readonly inGroups: boolean
}

export interface InOrderOptions {
  /** Commands at work at once. */
  readonly atOnce: number
  /** True when nothing more is to be begun. */
  readonly isCut: () => boolean
}

type Work = (turn: Turn | undefined) => Promise<{ readonly isKnown: boolean }>

/** What is known of the commands so far that touch one thing, or everything. */
interface Lane {
  /** The end of each that later ones may have to wait for. */
  open: Promise<void>[]
  /** The last one has begun. */
  begun: Promise<void> | undefined
  /** That of the last ones, where they leave in groups. */
  sequence: Sequence | undefined
  isBroken: boolean
}

const newLane = (): Lane => ({ open: [], begun: undefined, sequence: undefined, isBroken: false })

/**
 * Runs commands at the same time, yet in order where they touch the same thing. What follows one
 * without a known outcome, on the same thing, is not begun: a repeat will find it undone and in its place.
 */
export class InOrder {
  readonly #options: InOrderOptions
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #lanes = new Map<string, Lane>()
  /** All since the last that touched everything, with that one. */
  readonly #everything = newLane()
  #barrier: Promise<void> | undefined
  #isAnyBroken = false

  constructor(options: InOrderOptions) {
    this.#options = options
    this.#free = options.atOnce
  }

  /** Takes its place now and runs in its turn. False: it was not begun. */
  async add({ touches, inGroups }: Place, work: Work): Promise<boolean> {
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const lanes = touches?.map((thing) => this.#laneOf(thing))
    const before = this.#before(lanes, inGroups)
    const turn = inGroups ? sequenceOf(lanes?.[0]).next() : undefined
    this.#enter(lanes, inGroups, begun.promise, ended.promise)
    if (before.length > 0) await Promise.all(before)
    await this.#takeSlot()
    begun.resolve()
    try {
      const isBegun = !this.#isBroken(lanes) && !this.#options.isCut()
      const isKnown = isBegun && (await work(turn)).isKnown
      if (!isKnown) this.#break(lanes, turn)
      return isBegun
    } finally {
      turn?.taken()
      this.#giveSlot()
      ended.resolve()
    }
  }

  #laneOf(thing: string): Lane {
    const found = this.#lanes.get(thing)
    if (found !== undefined) return found
    const lane = newLane()
    this.#lanes.set(thing, lane)
    return lane
  }

  /** What has to happen before a command that enters these lanes now. */
  #before(lanes: readonly Lane[] | undefined, inGroups: boolean): readonly Promise<void>[] {
    if (lanes === undefined) return [...this.#everything.open]
    const before = this.#barrier === undefined ? [] : [this.#barrier]
    for (const { open, begun, sequence } of lanes) {
      if (!inGroups || sequence === undefined) before.push(...open)
      else if (begun !== undefined) before.push(begun)
    }
    return before
  }

  #enter(
    lanes: readonly Lane[] | undefined,
    inGroups: boolean,
    begun: Promise<void>,
    ended: Promise<void>,
  ): void {
    const { open } = this.#everything
    if (lanes === undefined) {
      // Whoever comes later waits for this one, which waits for all before.
      this.#barrier = ended
      this.#lanes.clear()
      open.length = 0
    }
    open.push(ended)
    for (const lane of lanes ?? []) {
      lane.begun = begun
      if (!inGroups) {
        lane.sequence = undefined
        lane.open.length = 0
      }
      lane.open.push(ended)
    }
  }

  #isBroken(lanes: readonly Lane[] | undefined): boolean {
    if (lanes === undefined) return this.#isAnyBroken
    return this.#everything.isBroken || lanes.some((lane) => lane.isBroken)
  }

  #break(lanes: readonly Lane[] | undefined, turn: Turn | undefined): void {
    this.#isAnyBroken = true
    if (lanes === undefined) this.#everything.isBroken = true
    for (const lane of lanes ?? []) lane.isBroken = true
    turn?.break()
  }

  async #takeSlot(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #giveSlot(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}

function sequenceOf(lane: Lane | undefined): Sequence {
  if (lane === undefined) throw new Error('Commands that leave in groups touch one thing')
  lane.sequence ??= new Sequence()
  return lane.sequence
}
