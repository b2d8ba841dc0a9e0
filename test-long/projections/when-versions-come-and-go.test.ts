import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { NothingKept, RollbackRefused } from '#projections/engine/errors.ts'
import type { Projection } from '#projections/engine/projection.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { append, manyContacts } from '#test/projections/engine/support/history.ts'
import {
  caughtUp,
  engineOf,
  keptCaughtUp,
  rebuilt,
  statusWhen,
  whenFree,
} from '#test/projections/engine/support/running-engine.ts'
import { tally } from '#test/projections/engine/support/toy-projections.ts'
import { testDatabase } from '#test/support/database.ts'
import { seed } from '#test/support/fuzz/seed.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'

const NAME = 'toy_tally'
const NEWEST = 3

/** The program of a version, with all before it. Versions are equally wide, so that any can be read. */
function program(version: number): Projection {
  const { name, tables } = tally(1, { weight: version })
  const previous = version > 1 ? { previous: program(version - 1) } : {}
  return { name, version, tables, ...previous }
}

type Deed =
  | { readonly do: 'append'; readonly count: number }
  | { readonly do: 'deploy'; readonly version: number }
  | { readonly do: 'rebuild' | 'rollback' | 'drop' }
  | {
      readonly do: 'cut'
      readonly during: 'rebuild' | 'rollback' | 'drop'
      readonly afterMs: number
    }

const whole = fc.constantFrom('rebuild' as const, 'rollback' as const, 'drop' as const)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({
    do: fc.constant('deploy' as const),
    version: fc.integer({ min: 1, max: NEWEST }),
  }),
  { weight: 3, arbitrary: fc.record({ do: whole }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut' as const),
      during: whole,
      afterMs: fc.integer({ min: 0, max: 200 }),
    }),
  },
)

/** Connections of the pool that were cut are found out one by one, by whoever uses them next. */
async function uncut<T>(run: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const isCut = isDatabaseUnavailable(error) || /terminat(ing|ed)/i.test(String(error))
      if (!isCut) throw error
      await delay(10)
    }
  }
}

/** One log and its tables, under one program after the other. */
class Story {
  readonly #t: Test
  readonly #database: Database
  readonly #cut: () => Promise<unknown>
  readonly #store = new InMemoryEventStore()
  #engine: ProjectionEngine
  #version = 1

  constructor(t: Test, database: Database, cut: () => Promise<unknown>) {
    this.#t = t
    this.#database = database
    this.#cut = cut
    this.#engine = this.#engineOf(1)
  }

  #engineOf(version: number): ProjectionEngine {
    const projections = [program(version)]
    return engineOf(this.#t, { store: this.#store, database: this.#database, projections })
  }

  async begin(): Promise<void> {
    await this.#engine.start()
    await append(this.#store, manyContacts(20))
    await caughtUp(this.#engine, this.#store, NAME)
  }

  async end(): Promise<void> {
    await this.#engine.stop()
  }

  async run(step: Deed): Promise<void> {
    switch (step.do) {
      case 'append':
        return append(this.#store, manyContacts(step.count))
      case 'deploy':
        return this.#deploy(step.version)
      case 'cut':
        await Promise.all([
          this.#do(step.during).catch(() => undefined),
          delay(step.afterMs).then(this.#cut),
        ])
        return undefined
      case 'rebuild':
      case 'rollback':
      case 'drop':
        return uncut(() => this.#do(step.do))
    }
  }

  async #deploy(version: number): Promise<void> {
    await this.#engine.stop()
    this.#version = version
    this.#engine = this.#engineOf(version)
    await uncut(() => this.#engine.start())
  }

  async #do(what: 'rebuild' | 'rollback' | 'drop'): Promise<void> {
    if (what === 'rebuild') {
      await rebuilt(this.#engine, NAME)
      return
    }
    try {
      await whenFree(() => this.#engine[what](NAME))
    } catch (error) {
      if (!(error instanceof RollbackRefused || error instanceof NothingKept)) throw error
    }
  }

  /** Live and kept tables are the fold of their version, also by the folds' own weight. */
  async check(): Promise<void> {
    const { rows } = await this.#database.engine.query<{ schema: string; version: number }>(
      `select schema_name as schema, version from daybook.projection
       where schema_name in ('${NAME}', '${NAME}__kept')`,
    )
    assert.ok(rows.some(({ schema }) => schema === NAME))
    for (const { schema, version } of rows) {
      const tables = schema === NAME ? 'live' : 'kept'
      if (version > this.#version) continue
      const report = await whenFree(() => this.#engine.verify(NAME, { tables })).catch(
        (error: unknown) => error,
      )
      // A rebuild that the program began by itself may have put others in their place meanwhile.
      if (report instanceof Error) assert.equal(report.name, 'NotBuilt', report.stack)
      else assert.deepEqual((report as { equal: boolean }).equal, true)
    }
  }

  /** Everything comes to rest, at the head, with a program of all versions. */
  async settle(): Promise<void> {
    await this.#deploy(NEWEST)
    const { rolledBackFrom } = await statusWhen(this.#engine, NAME, () => true)
    if (rolledBackFrom !== NEWEST) {
      await statusWhen(this.#engine, NAME, ({ tablesVersion }) => tablesVersion === NEWEST)
    }
    await caughtUp(this.#engine, this.#store, NAME)
    const { kept } = await statusWhen(this.#engine, NAME, () => true)
    if (kept !== undefined) await keptCaughtUp(this.#engine, this.#store, NAME)
    await this.check()
    const { rows } = await this.#database.engine.query<{ contacts: string; version: number }>(
      `select (select sum(contacts) from ${NAME}.tally) as contacts, version
       from daybook.projection where schema_name = '${NAME}'`,
    )
    assert.equal(Number(rows[0]?.contacts), this.#store.log.length * (rows[0]?.version ?? 0))
  }
}

t.test('whatever is done with versions, tables are the fold of theirs', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 10 }), async (deeds) => {
      const { database, login } = await testDatabase(t)
      const story = new Story(t, database, () =>
        login.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name like 'daybook engine%'`,
        ),
      )
      await story.begin()
      for (const step of deeds) {
        await story.run(step)
        await uncut(() => story.check())
      }
      await uncut(() => story.settle())
      await story.end()
    }),
    { numRuns: 10, endOnFailure: true, seed },
  )
})
