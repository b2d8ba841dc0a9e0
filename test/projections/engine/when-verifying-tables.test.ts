import t from 'tap'
import { NotBuilt, UnknownProjection } from '#projections/engine/errors.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts } from './support/history.ts'
import { caughtUp, engineOf } from './support/running-engine.ts'
import { contacts, notes } from './support/toy-projections.ts'

t.test(
  'verify names rows that were changed, deleted and added by hand; rebuild mends them',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new InMemoryEventStore()
    const engine = engineOf(t, { store, database, projections: [contacts, notes] })
    await engine.start()
    await append(store, manyContacts(300, 20))
    await caughtUp(engine, store, 'toy_contacts')
    const sql = database.engine
    const untouched = await engine.verify('toy_contacts')
    t.equal(untouched.equal, true)

    await sql.query(`update toy_contacts.contact set contacts = contacts + 1, currency = null_or
    from (select 'EUR' as null_or) x where organisation = 'north' and customer_id = 'customer 3'`)
    await sql.query(`delete from toy_contacts.visit where ordinal = 7 and line = 2`)
    await sql.query(`insert into toy_contacts.day values ('south', '2026-12-24', 'nobody', 3)`)

    const report = await engine.verify('toy_contacts')
    t.equal(report.equal, false)
    t.same(
      report.tables.map(({ table, findings }) => [table, findings]),
      [
        ['contact', 1],
        ['day', 1],
        ['visit', 1],
      ],
    )
    const [changed, added, deleted] = report.findings
    t.match(changed, {
      table: 'contact',
      kind: 'changed',
      key: { organisation: 'north', customer_id: 'customer 3' },
    })
    t.same(
      changed?.columns.map(({ column, live, right }) => [column, live !== right]),
      [
        ['contacts', true],
        ['currency', true],
      ],
    )
    t.match(changed?.columns[1], { column: 'currency', live: 'EUR', right: 'USD' })
    t.match(added, {
      table: 'day',
      kind: 'unexpected',
      key: { organisation: 'south', contacted_on: '2026-12-24', customer_id: 'nobody' },
      columns: [{ column: 'count', live: '3', right: null }],
    })
    t.match(deleted, { table: 'visit', kind: 'missing', key: { ordinal: '7', line: '2' } })

    const [rebuilt] = await (await engine.rebuild(['toy_contacts'])).done
    t.equal(rebuilt?.state, 'done')
    t.equal(rebuilt?.compared?.equal, false, 'the rebuild says what it mended')
    t.equal(rebuilt?.compared?.findings.length, 3)
    const mended = await engine.verify('toy_contacts')
    t.equal(mended.equal, true)
  },
)

t.test('all findings are counted, as many as wanted are listed', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const engine = engineOf(t, { store, database, projections: [contacts] })
  await engine.start()
  await append(store, manyContacts(500, 100))
  await caughtUp(engine, store, 'toy_contacts')
  await database.engine.query('update toy_contacts.visit set words = words || line')
  const report = await engine.verify('toy_contacts', { maxFindings: 7 })
  t.equal(report.findings.length, 7)
  t.equal(report.tables.find(({ table }) => table === 'visit')?.findings, 1000)
})

t.test('verify stands still at its position while events go on arriving', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore(50)
  const engine = engineOf(t, { store, database, projections: [contacts] })
  await engine.start()
  await append(store, manyContacts(500))
  await caughtUp(engine, store, 'toy_contacts')
  const verifying = engine.verify('toy_contacts')
  await append(store, manyContacts(300))
  const report = await verifying
  t.equal(report.equal, true)
  t.ok(report.ordinal >= 500 && report.ordinal <= 800)
  await caughtUp(engine, store, 'toy_contacts')
})

t.test('what is not there cannot be verified', async (t) => {
  const { database } = await testDatabase(t)
  const engine = engineOf(t, { store: new InMemoryEventStore(), database, projections: [notes] })
  await t.rejects(engine.verify('nothing'), UnknownProjection)
  await t.rejects(engine.verify('toy_notes'), NotBuilt)
})
