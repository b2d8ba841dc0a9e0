import t from 'tap'
import { customer } from '#domain/crm/customer.ts'
import { given } from '../given-when-then.ts'
import { after, customerId, registerCustomer } from './a-customer.ts'

const past = after(registerCustomer)
const change = { type: 'ChangeCustomerDetails', customerId } as const
const changed = (fields: object) => [
  { type: 'CustomerDetailsChanged', data: { customerId, ...fields } },
]

t.test('details change, and null clears one; who hands a customer over is named', async (t) => {
  const command = {
    ...change,
    agent: 'omar',
    budget: { amount: 1n, currency: 'USD' },
    source: null,
    name: 'Ahmed',
    phone: null,
  }
  t.strictSame(
    given(customer, past).when(command),
    changed({
      agent: 'omar',
      agentBefore: registerCustomer.agent,
      source: null,
      budget: { amount: '1', currency: 'USD' },
      name: 'Ahmed',
      phone: null,
    }),
  )
})

t.test('details that say the same as before are no change', async (t) => {
  const { agent, source, budget, country, paymentTermsDays } = registerCustomer
  const same = { ...change, agent, source, budget, country, paymentTermsDays }
  t.strictSame(given(customer, past).when(same), [])
  t.strictSame(
    given(customer, past).when({ ...same, country: 'Oman' }),
    changed({ country: 'Oman' }),
  )
  const cleared = after(registerCustomer, { ...change, source: null })
  t.strictSame(given(customer, cleared).when({ ...change, source: null }), [])
})

t.test('a new budget must be an amount', async (t) => {
  const command = { ...change, budget: { amount: 10n ** 18n, currency: 'SAR' } }
  t.hasStrict(given(customer, past).when(command), { code: 'AMOUNT_OUT_OF_RANGE', field: 'budget' })
})

t.test('a status changes once', async (t) => {
  const activate = { type: 'ChangeCustomerStatus', customerId, to: 'active' } as const
  t.strictSame(given(customer, past).when(activate), [
    { type: 'CustomerStatusChanged', data: { customerId, from: 'lead', to: 'active' } },
  ])
  t.strictSame(given(customer, after(registerCustomer, activate)).when(activate), [])
})

t.test('a customer who is not there is unknown', async (t) => {
  const unknown = { code: 'CUSTOMER_UNKNOWN', facts: { customerId }, field: 'customerId' }
  t.strictSame(given(customer, []).when({ ...change, name: 'Ann' }), unknown)
  const abandoned = after({ type: 'AbandonCustomerRegistration', customerId })
  t.strictSame(given(customer, abandoned).when({ ...change, name: 'Ann' }), unknown)
})

// ── By a sale ──────────────────────────────────────────────────────────────────────────────────

const note = { type: 'NoteCustomerSale', customerId, saleId: 'sale-1' } as const
const release = { type: 'ReleaseCustomerSaleNote', customerId, saleId: 'sale-1' } as const
const close = {
  type: 'CloseCustomerBySale',
  customerId,
  saleId: 'sale-1',
  occurredOn: '2026-11-21',
} as const

t.test('a sale is noted before it is recorded, until one is known to be', async (t) => {
  t.strictSame(given(customer, past).when(note), [
    { type: 'CustomerSaleNoted', data: { customerId, saleId: 'sale-1' } },
  ])
  t.strictSame(given(customer, after(registerCustomer, note)).when(note), [])
  const second = { ...note, saleId: 'sale-2' }
  t.hasStrict(
    given(customer, after(registerCustomer, note)).when(second),
    [{ type: 'CustomerSaleNoted' }],
    'the first may yet be refused',
  )
  t.strictSame(given(customer, after(registerCustomer, note, close)).when(second), [])
})

t.test('the note of a sale that was refused is released, and no other', async (t) => {
  const noted = after(registerCustomer, note)
  t.strictSame(given(customer, noted).when(release), [
    { type: 'CustomerSaleNoteReleased', data: { customerId, saleId: 'sale-1' } },
  ])
  t.strictSame(given(customer, noted).when({ ...release, saleId: 'sale-2' }), [])
  t.hasStrict(given(customer, after(registerCustomer, note, release)).state, {
    hasSale: false,
    notedSales: [],
  })
})

t.test('a sale closes its customer, who was in contact that day', async (t) => {
  t.strictSame(given(customer, past).when(close), [
    {
      type: 'CustomerStatusChanged',
      data: { customerId, from: 'lead', to: 'closed', saleId: 'sale-1' },
    },
    {
      type: 'CustomerContacted',
      data: { customerId, contactedOn: '2026-11-21', saleId: 'sale-1' },
    },
  ])
})

t.test('a sale of an earlier day does not set the last contact back', async (t) => {
  const closed = after(registerCustomer, close)
  const earlier = { ...close, saleId: 'sale-0', occurredOn: '2026-11-20' }
  t.strictSame(given(customer, closed).when(earlier), [])
  const later = { ...close, saleId: 'sale-2', occurredOn: '2026-11-22' }
  t.strictSame(given(customer, closed).when(later), [
    {
      type: 'CustomerContacted',
      data: { customerId, contactedOn: '2026-11-22', saleId: 'sale-2' },
    },
  ])
})

t.test('a sale that comes again does not close a customer who was opened since', async (t) => {
  const reopen = { type: 'ChangeCustomerStatus', customerId, to: 'active' } as const
  const reopened = after(registerCustomer, close, reopen)
  t.strictSame(given(customer, reopened).when(close), [])
  const next = { ...close, saleId: 'sale-2' }
  t.hasStrict(given(customer, reopened).when(next), [
    { type: 'CustomerStatusChanged', data: { to: 'closed', saleId: 'sale-2' } },
  ])
})
