import type pg from 'pg'
import type { Place } from './projection-engine.ts'
import { readPlaces } from './states.ts'

const NOWHERE: Place = { position: undefined, ordinal: 0 }

/**
 * Where the live tables are that another process follows. However many wait for them, the database is
 * asked by one statement at a time: those who ask meanwhile share the next.
 */
export class Places {
  readonly #database: Pick<pg.Pool, 'query'>
  #wanted = new Set<string>()
  #next: Promise<ReadonlyMap<string, Place>> | undefined
  #underWay: Promise<unknown> = Promise.resolve()

  constructor(database: Pick<pg.Pool, 'query'>) {
    this.#database = database
  }

  /** As it is now, or later. */
  async look(name: string): Promise<Place> {
    this.#wanted.add(name)
    this.#next ??= this.#underWay.then(() => this.#read())
    const places = await this.#next
    return places.get(name) ?? NOWHERE
  }

  #read(): Promise<ReadonlyMap<string, Place>> {
    const reading = readPlaces(this.#database, [...this.#wanted])
    this.#wanted = new Set()
    this.#next = undefined
    this.#underWay = reading.catch(() => undefined)
    return reading
  }
}
