import { readFileSync } from 'node:fs'
import type { ReadonlyKysely } from 'kysely/readonly'
import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, type Happening } from '../engine/support/history.ts'
import {
  caughtUp,
  engineOf,
  keptCaughtUp,
  rebuilt,
  statusWhen,
  whenFree,
} from '../engine/support/running-engine.ts'
import {
  type ContactRow,
  contactsByDay,
  contactsOn,
  eventsOfContactsOn,
} from './contacts-by-day.ts'
import { contactsByDay as changed } from './contacts-by-day-changed.ts'

const GUIDE = new URL('../../../src/projections/README.md', import.meta.url)
type Db = ReadonlyKysely<{ 'contacts_by_day.contact': ContactRow }>

const contact = (customerId: string, contactedOn: string, saleId?: string): Happening => ({
  organisation: 'main',
  event: {
    type: 'CustomerContacted',
    data: { customerId, contactedOn, ...(saleId === undefined ? {} : { saleId }) },
  },
})
const HISTORY = [
  contact('anna', '2026-03-01'),
  contact('badr', '2026-03-02'),
  contact('anna', '2026-03-02', 'sale 7'),
]

t.test('what stands in the guide is what is run here', async (t) => {
  const guide = readFileSync(GUIDE, 'utf8')
  for (const file of ['contacts-by-day.ts', 'contacts-by-day-changed.ts']) {
    const code = readFileSync(new URL(file, import.meta.url), 'utf8')
    t.ok(guide.includes('```ts\n' + code + '```'), `${file} stands in the guide`)
  }
})

t.test('a projection in one file is built, queried, explained and changed', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, HISTORY)
  const ask = <T>(query: (db: Db) => Promise<T>) =>
    database.query('main', (db) => query(db as never))
  const engine = engineOf(t, { store, database, projections: [contactsByDay] })
  await engine.start()
  await caughtUp(engine, store, 'contacts_by_day')
  t.equal(await ask((db) => contactsOn(db, '2026-03-02')), 2)

  const ordinals = await ask((db) => eventsOfContactsOn(db, '2026-03-02'))
  const events = ordinals.map((ordinal) => store.log[ordinal - 1])
  t.match(events, [{ data: { customerId: 'badr' } }, { data: { customerId: 'anna' } }])

  t.match(await rebuilt(engine, 'contacts_by_day'), { state: 'done', compared: { equal: true } })
  t.match(await whenFree(() => engine.verify('contacts_by_day')), { equal: true })
  await engine.stop()

  const next = engineOf(t, { store, database, projections: [changed] })
  await next.start()
  await statusWhen(next, 'contacts_by_day', ({ tablesVersion }) => tablesVersion === 2)
  t.equal(await ask((db) => contactsOn(db, '2026-03-02')), 1)
  await keptCaughtUp(next, store, 'contacts_by_day')
  t.match(await whenFree(() => next.compare('contacts_by_day')), {
    findings: [{ kind: 'missing', key: { ordinal: '3' } }],
  })
  await whenFree(() => next.rollback('contacts_by_day'))
  t.equal(await ask((db) => contactsOn(db, '2026-03-02')), 2)
  await whenFree(() => next.rollback('contacts_by_day'))
  await whenFree(() => next.drop('contacts_by_day'))
  t.equal(await ask((db) => contactsOn(db, '2026-03-02')), 1)
})
