import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import t from 'tap'
import type { Database } from '#adapters/database/database.ts'
import type { LogRead } from '#log/event-store.ts'
import { RebuildInProgress } from '#projections/engine/errors.ts'
import type { Projection } from '#projections/engine/projection.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts } from './support/history.ts'
import { caughtUp, engineOf, rebuilt, statusWhen, whenFree } from './support/running-engine.ts'
import { contacts, counting, notes } from './support/toy-projections.ts'

type ToyTables = { 'toy_contacts.contact': { contacts: number } }

/** How many contacts of an organisation a request sees. */
async function contactsOf(database: Database, organisation: string): Promise<number> {
  const rows = await database.query(organisation, (db) =>
    (db as never as Kysely<ToyTables>)
      .selectFrom('toy_contacts.contact')
      .select(({ fn }) => fn.sum<string>('contacts').as('n'))
      .execute(),
  )
  return Number(rows[0]?.n ?? 0)
}

t.test(
  'under appends and queries: none is refused, tables are equal before the swap and right after',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new InMemoryEventStore(100)
    const engine = engineOf(t, {
      store,
      database,
      projections: [contacts, notes],
      memoryBytes: 20_000,
    })
    await engine.start()
    await append(store, manyContacts(1000, 200))
    await caughtUp(engine, store, 'toy_contacts')

    const over = new AbortController()
    let queries = 0
    const appending = (async () => {
      while (!over.signal.aborted) {
        await append(store, manyContacts(5, 200))
        await delay(2)
      }
    })()
    const querying = Promise.all(
      [1, 2].map(async () => {
        let least = 0
        while (!over.signal.aborted) {
          const now = await contactsOf(database, 'north')
          if (now < least) t.fail(`time went backwards: ${now} after ${least}`)
          least = now
          queries += 1
        }
      }),
    )
    for (let round = 0; round < 2; round += 1) {
      const job = await engine.rebuild(['toy_contacts', 'toy_notes'])
      const reports = await job.done
      for (const report of reports) {
        t.equal(report.state, 'done', JSON.stringify(report.failure))
      }
      t.equal(reports[0]?.compared?.equal, true)
    }
    over.abort()
    await Promise.all([appending, querying])
    t.ok(queries > 20, `${queries} queries`)
    await caughtUp(engine, store, 'toy_contacts')
    t.equal((await engine.verify('toy_contacts')).equal, true)
    const status = await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'live')
    t.equal(status.ordinal, store.log.length)
    t.equal(status.kept, undefined, 'equal tables of the same version are not worth keeping')
  },
)

t.test('two at once: the second is refused, here and in another process', async (t) => {
  const { database } = await testDatabase(t)
  const store = new SlowStore(10)
  await append(store, manyContacts(500))
  const engine = engineOf(t, { store, database, projections: [contacts, notes] })
  const other = engineOf(t, { store, database, projections: [contacts, notes] })
  store.isSlow = true
  const job = await engine.rebuild(['toy_contacts'])
  await t.rejects(engine.rebuild(['toy_contacts']), RebuildInProgress)
  await t.rejects(other.rebuild(['toy_notes', 'toy_contacts']), RebuildInProgress)
  await t.rejects(other.verify('toy_contacts'), RebuildInProgress)
  store.isSlow = false
  const another = await other.rebuild(['toy_notes'])
  t.equal((await job.done)[0]?.state, 'done')
  t.equal((await another.done)[0]?.state, 'done')
})

t.test(
  'from a process beside the one that follows: that one takes the new tables up',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new InMemoryEventStore()
    const server = engineOf(t, { store, database, projections: [contacts] })
    await server.start()
    await append(store, manyContacts(200))
    await caughtUp(server, store, 'toy_contacts')
    await database.engine.query('update toy_contacts.contact set contacts = 0')
    const beside = engineOf(t, { store, database, projections: [contacts] })
    const [report] = await (await beside.rebuild(['toy_contacts'])).done
    t.equal(report?.state, 'done')
    await append(store, manyContacts(20))
    await caughtUp(server, store, 'toy_contacts')
    t.equal((await server.verify('toy_contacts')).equal, true)
    const head = await store.head()
    t.match(await beside.waitFor('toy_contacts', head!, 1000), { reached: true, ordinal: 220 })
  },
)

t.test(
  'cancelled, also from another process: the live tables are as before, nothing is left',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new SlowStore(5)
    const engine = engineOf(t, { store, database, projections: [contacts] })
    await engine.start()
    await append(store, manyContacts(2000))
    await caughtUp(engine, store, 'toy_contacts')
    const job = await engine.rebuild(['toy_contacts'])
    job.cancel()
    t.equal((await job.done)[0]?.state, 'cancelled')

    store.isSlow = true
    const other = engineOf(t, { store, database, projections: [contacts] })
    const again = await other.rebuild(['toy_contacts'])
    const progress = await statusWhen(
      engine,
      'toy_contacts',
      ({ rebuild }) => (rebuild?.ordinal ?? 0) > 0,
    )
    t.match(progress, { state: 'live', rebuild: { state: 'reading' } })
    t.equal(await engine.cancelRebuild('toy_contacts'), true)
    t.equal((await again.done)[0]?.state, 'cancelled')
    store.isSlow = false
    t.equal(await engine.cancelRebuild('toy_contacts'), false)
    t.equal(await schemas(), 'toy_contacts')
    t.equal((await engine.verify('toy_contacts')).equal, true)

    async function schemas() {
      const { rows } = await database.engine.query<{ nspname: string }>(
        `select nspname from pg_namespace where nspname like 'toy%' order by 1`,
      )
      return rows.map(({ nspname }) => nspname).join()
    }
  },
)

t.test("what a crash left behind is in nobody's way", async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(100))
  await database.engine.query(`create schema toy_contacts__next; create table toy_contacts__next.visit (x int);
    insert into daybook.projection (schema_name, name, version, fingerprint, epoch)
    values ('toy_contacts__next', 'toy_contacts', 1, 'abandoned', 40)`)
  const engine = engineOf(t, { store, database, projections: [contacts] })
  await engine.start()
  await caughtUp(engine, store, 'toy_contacts')
  t.equal((await rebuilt(engine, 'toy_contacts'))?.state, 'done')
  t.equal((await engine.verify('toy_contacts')).equal, true)
})

t.test('tables that break the invariant do not replace anything', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const strict: Projection = {
    ...contacts,
    invariant: 'select customer_id, contacts from :schema.contact where contacts > 3',
  }
  const engine = engineOf(t, { store, database, projections: [strict] })
  await engine.start()
  await append(store, manyContacts(500, 10))
  await caughtUp(engine, store, 'toy_contacts')
  const [report] = await (await engine.rebuild(['toy_contacts'])).done
  t.equal(report?.state, 'failed')
  t.match(report?.failure?.reason, /invariant.*customer/)
  const status = await statusWhen(engine, 'toy_contacts', () => true)
  t.equal(status.state, 'live', 'the live tables go on')
})

t.test(
  'a changed version rebuilds itself beside the old; the program before it steps back; rollback',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new InMemoryEventStore()
    const first = engineOf(t, { store, database, projections: [counting('toy_count'), notes] })
    await first.start()
    await append(store, manyContacts(300))
    await caughtUp(first, store, 'toy_count')

    const changed: Projection = { ...contacts, name: 'toy_count', version: 2 }
    const second = engineOf(t, { store, database, projections: [changed, notes] })
    await second.start()
    await statusWhen(second, 'toy_count', ({ tablesVersion }) => tablesVersion === 2)
    await append(store, manyContacts(30))
    await caughtUp(second, store, 'toy_count')
    t.equal((await whenFree(() => second.verify('toy_count'))).equal, true)
    const old = await statusWhen(first, 'toy_count', ({ tablesVersion }) => tablesVersion === 2)
    t.equal(old.version, 1)
    await caughtUp(first, store, 'toy_notes')

    await second.stop()
    await whenFree(() => first.rollback('toy_count'))
    await append(store, manyContacts(7))
    await caughtUp(first, store, 'toy_count')
    t.equal((await whenFree(() => first.verify('toy_count'))).equal, true)
    const { rows } = await database.engine.query('select sum(count)::int as n from toy_count.count')
    t.same(rows, [{ n: 337 }])
  },
)

t.test('one of several fails at its event, the others are replaced', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(100))
  const broken = counting('toy_count', ({ ordinal }) => ordinal === 42)
  const engine = engineOf(t, { store, database, projections: [broken, contacts] })
  const reports = await (await engine.rebuild(['toy_count', 'toy_contacts'])).done
  t.match(reports, [
    {
      projection: 'toy_count',
      state: 'failed',
      failure: { event: { ordinal: 42, type: 'CustomerContacted' } },
    },
    { projection: 'toy_contacts', state: 'done' },
  ])
})

/** A log that delivers a page every tenth of a second, once told to be slow. */
class SlowStore extends InMemoryEventStore {
  isSlow = false

  override async *readAll(options: LogRead = {}) {
    for await (const page of super.readAll(options)) {
      if (this.isSlow) await delay(100)
      yield page
    }
  }
}
