import t from 'tap'
import type { DaybookEvent } from '#domain/events.ts'
import type { CustomerRow } from '#projections/crm/customers.ts'
import { crmCustomers } from '#projections/crm/customers.ts'
import type { Projection } from '#projections/engine/projection.ts'
import { searchWords } from '#projections/search-text.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const registered: DaybookEvent = {
  type: 'CustomerRegistered',
  data: {
    customerId: 'c-1',
    number: 'N-17',
    agent: 'ann',
    status: 'lead',
    budget: { amount: '50000000', currency: 'SAR' },
    country: 'Zambia',
    paymentTermsDays: 14,
    occurredOn: '2026-03-01',
    name: 'Chanda Mwansa',
    phone: '+260 97 123-4567',
    email: 'Chanda@Example.org',
  },
}
const of = { customerId: 'c-1' }
const sale = {
  saleId: 's-1',
  customerId: 'c-1',
  agent: 'ann',
  basis: 'principal',
  currency: 'SAR',
  occurredOn: '2026-03-05',
} as const
const amounts = { net: '100', tax: '0', gross: '100', taxes: [] }

/** The customer's row after the events. */
function row(...events: readonly DaybookEvent[]): CustomerRow | undefined {
  const story = events.map((event) => ({
    event,
    stream: event.type.startsWith('Sale')
      ? (['sale', 's-1'] as const)
      : (['customer', 'c-1'] as const),
  }))
  const { customer = [] } = foldInto(crmCustomers, recorded(story))
  return customer[0] as CustomerRow | undefined
}

t.test('a registered customer is shown with everything that was said', (t) => {
  t.same(row(registered), {
    customer_id: 'c-1',
    number: 'N-17',
    agent: 'ann',
    status: 'lead',
    source: null,
    name: 'Chanda Mwansa',
    phone: '+260 97 123-4567',
    email: 'Chanda@Example.org',
    note: null,
    country: 'Zambia',
    budget_amount: '50000000',
    budget_currency: 'SAR',
    payment_terms_days: 14,
    last_contacted_on: null,
    sales: 0,
    registered_on: '2026-03-01',
    registered_at: '2026-01-01T00:00:00.000Z',
    changed_at: '2026-01-01T00:00:00.000Z',
    revision: 0,
    ordinal: '1',
    search: 'chanda mwansa n-17 chanda@example.org +260 97 123-4567 +260971234567',
    standing: 'open',
    restricted_until: null,
    restricted_name: null,
    restricted_phone: null,
    restricted_email: null,
    restricted_note: null,
  })
  t.end()
})

t.test('details that are given replace, null clears, the rest stays', (t) => {
  const before = row(registered)
  const changed = row(registered, {
    type: 'CustomerDetailsChanged',
    data: { ...of, name: 'Chanda Banda', phone: null, budget: null, paymentTermsDays: null },
  })
  t.same(changed, {
    ...before,
    name: 'Chanda Banda',
    phone: null,
    budget_amount: null,
    budget_currency: null,
    payment_terms_days: null,
    changed_at: '2026-01-01T00:00:01.000Z',
    revision: 1,
    search: 'chanda banda n-17 chanda@example.org',
  })
  t.end()
})

t.test('a sale closes its customer and is counted until it is cancelled', (t) => {
  const sold: readonly DaybookEvent[] = [
    registered,
    { type: 'CustomerSaleNoted', data: { ...of, saleId: 's-1' } },
    { type: 'SaleRecorded', data: { ...sale, ...amounts, dueOn: '2026-03-19' } },
    { type: 'CustomerStatusChanged', data: { ...of, from: 'lead', to: 'closed', saleId: 's-1' } },
    { type: 'CustomerContacted', data: { ...of, contactedOn: '2026-03-05', saleId: 's-1' } },
  ]
  const closed = row(...sold)
  t.match(closed, { status: 'closed', last_contacted_on: '2026-03-05', sales: 1 })
  t.equal(closed?.revision, 3, "the sale's event is not one of the customer's stream")
  const earlier: DaybookEvent = {
    type: 'CustomerContacted',
    data: { ...of, contactedOn: '2026-02-01' },
  }
  t.equal(row(...sold, earlier)?.last_contacted_on, '2026-03-05', 'the latest day counts')
  const cancelled: DaybookEvent = {
    type: 'SaleCancelled',
    data: {
      ...sale,
      ...amounts,
      recordedOn: '2026-03-05',
      recordedNet: '100',
      recordedGross: '100',
      recordedCommission: '0',
      fromReceivable: '100',
      toCredit: '0',
    },
  }
  t.equal(row(...sold, cancelled)?.sales, 0)
  t.end()
})

t.test('who is deleted is in no row, whatever they were called when it is folded', (t) => {
  const deleted: DaybookEvent = {
    type: 'CustomerDeleted',
    data: { ...of, agent: 'ann', reason: 'duplicate' },
  }
  t.equal(row(registered, deleted), undefined)
  t.same(folds(crmCustomers.previous), folds(crmCustomers), 'nor in the tables that were kept')
  t.same(folds(crmCustomers.previous?.previous), folds(crmCustomers))
  t.end()
})

function folds(projection: Projection | undefined) {
  return projection?.tables.map(({ on }) => on)
}

const restricted: DaybookEvent = {
  type: 'PersonRestricted',
  data: { ...of, until: '2036-12-31', because: [], upTo: 7 },
}

t.test('who is restricted is named nowhere but apart, and found by number alone', (t) => {
  const shown = row(registered, restricted)
  t.match(shown, {
    name: 'restricted',
    phone: null,
    email: null,
    note: null,
    search: 'restricted n-17',
    standing: 'restricted',
    restricted_until: '2036-12-31',
    restricted_name: 'Chanda Mwansa',
    restricted_phone: '+260 97 123-4567',
    restricted_email: 'Chanda@Example.org',
  })
  const longer = { ...restricted, data: { ...restricted.data, until: '2037-12-31' } }
  t.same(row(registered, restricted, longer), {
    ...shown,
    restricted_until: '2037-12-31',
    changed_at: '2026-01-01T00:00:02.000Z',
    revision: 2,
  })
  t.end()
})

t.test('who is erased is nobody, however much of them could be read when it was folded', (t) => {
  const erased: DaybookEvent = { type: 'PersonErased', data: { ...of, upTo: 7 } }
  const unreadable = { name: 'erased', phone: 'erased', email: 'erased', note: 'erased' }
  const again = { ...registered, data: { ...registered.data, ...unreadable } }
  const shown = row(registered, restricted, erased)
  t.match(shown, { name: 'erased', phone: null, search: 'erased', number: null })
  t.match(shown, { restricted_name: null, restricted_phone: null, restricted_email: null })
  t.same(row(again, restricted, erased), shown)
  t.end()
})

t.test('an abandoned registration shows no customer', (t) => {
  t.equal(row({ type: 'CustomerRegistrationAbandoned', data: of }), undefined)
  t.end()
})

t.test('people find a customer however they write', (t) => {
  const persian = row({
    ...registered,
    data: { ...registered.data, name: 'علي كاظمي', phone: '۰۹۱۲ ۳۴۵ ۶۷۸۹' },
  })
  const finds = (text: string): boolean =>
    searchWords(text).every((word) => persian?.search.includes(word))
  t.ok(finds('علی کاظمی'), 'Persian letters find Arabic ones')
  t.ok(finds('09123456789'), 'digits of any script, with spaces or without')
  t.ok(finds('٠٩١٢ ٣٤٥'))
  t.ok(finds('CHANDA@example'), 'case does not matter')
  t.notOk(finds('chanda mwansa'), 'every word must be there')
  t.end()
})
