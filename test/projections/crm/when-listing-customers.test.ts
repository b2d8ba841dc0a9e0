import t from 'tap'
import type { EventOf } from '#domain/events.ts'
import {
  type CustomerFilter,
  findCustomer,
  listCustomers,
} from '#projections/crm/customer-queries.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import type { Told } from '#test/projections/fold-runner.ts'

const people = ['Chanda Mwansa', 'علي كاظمي', 'Zoë Øst', 'Ann Other', 'chanda banda']

const registered = (index: number, organisation = 'main'): Told => {
  const event: EventOf<'CustomerRegistered'> = {
    type: 'CustomerRegistered',
    data: {
      customerId: `c-${index}`,
      number: `N-${index}`,
      agent: index % 2 === 0 ? 'ann' : 'bob',
      status: index === 3 ? 'active' : 'lead',
      country: index === 0 ? 'Zambia' : 'Iran',
      occurredOn: '2026-03-01',
      name: people[index] ?? `Customer ${index}`,
      phone: `+26097${index}`,
      budget: { amount: '123456789012345678', currency: 'SAR' },
    },
  }
  return { event, organisation, stream: ['customer', `c-${index}`] }
}

t.test('customers are listed, searched, filtered and paged', async (t) => {
  const story = [0, 1, 2, 3, 4].map((index) => registered(index))
  const { query } = await filledDatabase(t, [...story, registered(7, 'other')])
  const ids = async (filter: CustomerFilter, limit = 10): Promise<readonly string[]> => {
    const found = await allPages((cursor) =>
      query((db) => listCustomers(db, filter, { limit, cursor })),
    )
    return found.map((row) => row.customer_id)
  }
  t.same(await ids({}), ['c-4', 'c-3', 'c-2', 'c-1', 'c-0'], 'newest first')
  t.same(await ids({}, 2), ['c-4', 'c-3', 'c-2', 'c-1', 'c-0'], 'page by page')
  const byName = await ids({ order: 'name' })
  t.same(byName.toSorted(), ['c-0', 'c-1', 'c-2', 'c-3', 'c-4'])
  t.same(await ids({ order: 'name' }, 1), byName, 'by name, page by page')
  t.ok(byName.indexOf('c-3') < byName.indexOf('c-2'), 'Ann before Zoë')
  t.same(await ids({ search: 'CHANDA' }), ['c-4', 'c-0'])
  t.same(await ids({ search: 'chanda mwa' }), ['c-0'])
  t.same(await ids({ search: 'علی' }), ['c-1'])
  t.same(await ids({ search: '100% _\\' }), [], 'signs of patterns mean nothing')
  t.same(await ids({ agent: 'bob' }), ['c-3', 'c-1'])
  t.same(await ids({ status: 'active', agent: 'bob' }), ['c-3'])
  t.same(await ids({ number: 'N-2' }), ['c-2'])
  t.same(await ids({ country: 'Zambia' }), ['c-0'])
})

t.test('a customer is found by id, within the organisation only', async (t) => {
  const { query } = await filledDatabase(t, [registered(0), registered(7, 'other')])
  const found = await query((db) => findCustomer(db, 'c-0'))
  t.same(found, {
    customer_id: 'c-0',
    number: 'N-0',
    agent: 'ann',
    status: 'lead',
    source: null,
    name: 'Chanda Mwansa',
    phone: '+260970',
    email: null,
    note: null,
    country: 'Zambia',
    budget_amount: '123456789012345678',
    budget_currency: 'SAR',
    payment_terms_days: null,
    last_contacted_on: null,
    sales: 0,
    registered_on: '2026-03-01',
    registered_at: '2026-01-01T00:00:00.000Z',
    changed_at: '2026-01-01T00:00:00.000Z',
    revision: 0,
    ordinal: '1',
    standing: 'open',
    restricted_until: null,
    restricted_name: null,
    restricted_phone: null,
    restricted_email: null,
    restricted_note: null,
  })
  t.equal(await query((db) => findCustomer(db, 'c-7')), undefined)
  t.equal((await query((db) => findCustomer(db, 'c-7'), 'other'))?.customer_id, 'c-7')
})
