import type pg from 'pg'
import type { Position } from '#log/event-store.ts'
import { Feed } from './feed.ts'
import { Loop } from './loop.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { ProjectionFailure } from './projection-engine.ts'
import type { Checkpoint } from './registry.ts'
import { routesOf } from './routing.ts'
import { type FollowedSlot, schemaName } from './schema-name.ts'
import { writeFailure } from './states.ts'

/** Tables that are to be followed by the folds of their version. */
export interface Following {
  readonly version: Projection
  readonly slot: FollowedSlot
  readonly checkpoint: Checkpoint | undefined
}

/** The loops of this process, by schema, on the one feed of the log that serves them all. */
export class Loops {
  readonly #parts: EngineParts
  readonly #feed: Feed
  readonly #loops = new Map<string, Loop>()
  readonly #onEnded: () => void

  /** `versions`: every version of every projection that may be followed. */
  constructor(parts: EngineParts, versions: readonly Projection[], onEnded: () => void) {
    const folded = routesOf(versions)
    this.#parts = parts
    this.#feed = new Feed({ ...parts, isFolded: (type) => folded.has(type) })
    this.#onEnded = onEnded
  }

  get(schema: string): Loop | undefined {
    return this.#loops.get(schema)
  }

  start(followings: readonly Following[]): void {
    if (followings.length === 0) return
    this.#feed.begin(this.#latest(followings))
    for (const { version, slot } of followings) {
      const loop = new Loop(this.#parts, this.#feed, version, slot)
      this.#loops.set(schemaName(version.name, slot), loop)
      loop.ended.then(this.#onEnded, () => undefined)
    }
  }

  /** Where the foremost live tables are: those behind, and kept ones, come there by themselves. */
  #latest(followings: readonly Following[]): Position | undefined {
    const { store } = this.#parts
    return followings
      .filter(({ slot }) => slot === 'live')
      .flatMap(({ checkpoint }) => checkpoint?.position ?? [])
      .toSorted((a, b) => store.comparePositions(a, b))
      .at(-1)
  }

  /** Takes up what became of a loop: a failure is kept, a loop whose tables were replaced begins anew. */
  async settle(
    session: pg.Client,
    schema: string,
    epoch: string | undefined,
  ): Promise<ProjectionFailure | undefined> {
    const loop = this.#loops.get(schema)
    if (loop === undefined) return undefined
    // Of tables that stand elsewhere by now, nothing is told.
    if (loop.failure !== undefined && loop.epoch === epoch) {
      await writeFailure(session, schema, loop.failure)
      this.#loops.delete(schema)
      return loop.failure
    }
    if (loop.isOver || (loop.epoch !== undefined && loop.epoch !== epoch)) await this.stop(schema)
    return undefined
  }

  async stop(schema: string): Promise<void> {
    const loop = this.#loops.get(schema)
    this.#loops.delete(schema)
    await loop?.stop()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()))
    this.#loops.clear()
  }

  async close(): Promise<void> {
    await this.stopAll()
    await this.#feed.stop()
  }
}
