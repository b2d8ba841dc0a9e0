import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore } from '#log/event-store.ts'
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
import { firstMessage } from '#test/support/first-message.ts'
import { privateLog } from '#test/support/private-log.ts'

const NAME = 'toy_tally'
const first = tally(1)
const second = tally(2, { previous: first })
const PROGRAM = new URL('./programs/take-back-process.ts', import.meta.url).pathname
const KILLS = 30

type Tables = { 'toy_tally.tally': { contacts: number; weight: number } }

/** How many events of an organisation a request finds in the live tables, whichever version they are of. */
async function eventsIn(database: Database, organisation: string): Promise<number> {
  const [row] = await database.query(organisation, (db) =>
    (db as never as Kysely<Tables>)
      .selectFrom('toy_tally.tally')
      .select(({ fn }) => [
        fn.sum<string>('contacts').as('contacts'),
        fn.max<number>('weight').as('weight'),
      ])
      .execute(),
  )
  return Number(row?.contacts ?? 0) / (row?.weight ?? 1)
}

/** Live and kept tables hold the fold of their version up to their checkpoint: each event by its weight. */
async function assertWhole(t: Test, { engine }: Database, when: string): Promise<void> {
  const { rows } = await engine.query<{ schema_name: string }>(
    `select schema_name from daybook.projection where name = $1 and schema_name not like '%\\_\\_next'`,
    [NAME],
  )
  t.ok(
    rows.some(({ schema_name }) => schema_name === NAME),
    `${when}: there is something live`,
  )
  for (const { schema_name: schema } of rows) {
    const { rows: found } = await engine
      .query<{ is: string; should: string }>(
        `select (select coalesce(sum(contacts), 0) from ${schema}.tally)::text as is,
           (select version * ordinal from daybook.projection where schema_name = $1)::text as should`,
        [schema],
      )
      // What was kept when it was looked up may be gone by now.
      .catch(() => ({ rows: [] }))
    for (const { is, should } of found) t.equal(is, should, `${when}: ${schema}`)
  }
}

/** Appends and queries until stopped; what a query finds never becomes less, and none is refused. */
function load(t: Test, database: Database, store: EventStore) {
  const over = new AbortController()
  let queries = 0
  const appending = (async () => {
    while (!over.signal.aborted) {
      await append(store, manyContacts(5, 200))
      await delay(5)
    }
  })()
  const querying = ['north', 'south'].map(async (organisation) => {
    for (let least = 0; !over.signal.aborted; queries += 1) {
      const now = await eventsIn(database, organisation)
      if (now < least) t.fail(`figures went back: ${now} after ${least}`)
      least = now
    }
  })
  return async () => {
    over.abort()
    await Promise.all([appending, ...querying])
    return queries
  }
}

async function assertBothEqual(t: Test, engine: ProjectionEngine, when: string): Promise<void> {
  for (const tables of ['live', 'kept'] as const) {
    const report = await whenFree(() => engine.verify(NAME, { tables }))
    t.equal(report.equal, true, `${when}: the ${tables} tables are what the log says`)
  }
}

t.test(
  'a fold is changed under load, found wrong and taken back: no query is refused',
  async (t) => {
    const { database, open } = await privateLog(t)
    const store = open()
    t.teardown(() => store.close())
    const before = engineOf(t, { store, database, projections: [first] })
    await before.start()
    await append(store, manyContacts(3000, 200))
    await caughtUp(before, store, NAME)
    const stop = load(t, database, store)

    await before.stop()
    const engine = engineOf(t, { store, database, projections: [second] })
    await engine.start()
    const swapped = await statusWhen(
      engine,
      NAME,
      ({ rebuild }) => rebuild?.state === 'done',
      60_000,
    )
    t.match(swapped, { tablesVersion: 2, kept: { version: 1 } })
    t.match(swapped.rebuild?.compared, { equal: false, liveVersion: 1 })
    await assertBothEqual(t, engine, 'after the swap')
    const wrong = await whenFree(() => engine.compare(NAME))
    t.ok(wrong.findings.length > 0, 'the difference is found')

    t.match(await whenFree(() => engine.rollback(NAME)), { liveVersion: 1, version: 2 })
    await assertBothEqual(t, engine, 'after the rollback')
    for (const liveVersion of [2, 1]) {
      t.match(await whenFree(() => engine.rollback(NAME)), { liveVersion })
      await assertWhole(t, database, `version ${liveVersion}`)
    }
    await assertBothEqual(t, engine, 'forth and back')
    t.match(await rebuilt(engine, NAME), { state: 'done', version: 2 })
    await assertBothEqual(t, engine, 'rebuilt once more')
    t.match(await whenFree(() => engine.rollback(NAME)), { liveVersion: 1 })
    await whenFree(() => engine.drop(NAME))

    const queries = await stop()
    t.comment(`${queries} queries were answered`)
    t.ok(queries > 100, `${queries} queries`)
    await caughtUp(engine, store, NAME)
    t.match(await whenFree(() => engine.verify(NAME)), { equal: true, version: 1 })
  },
)

t.test(
  'engines killed while they swap, take back and drop: all of it was done or none',
  async (t) => {
    const { database, open, url } = await privateLog(t)
    const store = open()
    t.teardown(() => store.close())
    const done = new Map<string, number>()
    const spawn = (newest: number) => {
      const child = fork(PROGRAM, [url, String(newest)], {
        execArgv: [],
        env: { PATH: process.env['PATH'] },
      })
      child.on('message', (deed) => {
        if (typeof deed === 'string') done.set(deed, (done.get(deed) ?? 0) + 1)
      })
      return child
    }
    const children: ChildProcess[] = []
    t.teardown(() => {
      for (const child of children) child.kill('SIGKILL')
    })
    await append(store, manyContacts(500, 50))
    const deeds = ['rebuilt', 'rolledBack', 'dropped']
    const isMissing = () => deeds.some((deed) => !done.has(deed))
    for (let kill = 1; kill <= KILLS || (isMissing() && kill <= 5 * KILLS); kill += 1) {
      // The program of before is deployed again now and then.
      const child = spawn(kill % 3 === 1 ? 1 : 2)
      children.push(child)
      await firstMessage(child)
      await append(store, manyContacts(20, 50))
      await delay(Math.random() * 1500)
      await assertWhole(t, database, `before kill ${kill}`)
      t.equal(child.exitCode, null, 'it lived until then')
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      await assertWhole(t, database, `after kill ${kill}`)
    }
    t.comment(`done between kills: ${JSON.stringify(Object.fromEntries(done))}`)
    for (const deed of deeds) {
      t.ok((done.get(deed) ?? 0) > 0, `${deed} at least once`)
    }

    const engine = engineOf(t, { store, database, projections: [second] })
    await engine.start()
    t.match(await rebuilt(engine, NAME), { state: 'done' })
    await caughtUp(engine, store, NAME)
    t.match(await whenFree(() => engine.verify(NAME)), { equal: true, version: 2 })
    const { kept } = await statusWhen(engine, NAME, () => true)
    if (kept !== undefined) await keptCaughtUp(engine, store, NAME)
    const { rows } = await database.engine.query(
      `select nspname from pg_namespace where nspname ~ '__(next|verify|dropped)$'`,
    )
    t.same(rows, [], 'nothing is left lying about')
  },
)
