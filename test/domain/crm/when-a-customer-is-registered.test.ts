import t from 'tap'
import { customer } from '#domain/crm/customer.ts'
import { customerNumber } from '#domain/crm/customer-number.ts'
import { given } from '../given-when-then.ts'
import { after, customerId, registerCustomer } from './a-customer.ts'

// ── The customer ───────────────────────────────────────────────────────────────────────────────

const abandon = { type: 'AbandonCustomerRegistration', customerId } as const

t.test('a customer is registered with all that is known of them', async (t) => {
  const { type: _, today: _today, budget: _budget, ...fields } = registerCustomer
  t.strictSame(given(customer, []).when(registerCustomer), [
    {
      type: 'CustomerRegistered',
      data: { ...fields, budget: { amount: '50000000', currency: 'SAR' } },
    },
  ])
})

t.test('a name and who looks after them is enough', async (t) => {
  const command = {
    type: 'RegisterCustomer',
    customerId,
    agent: 'layla',
    status: 'active',
    occurredOn: '2026-11-21',
    today: '2026-11-21',
    name: 'Ann',
    phone: undefined,
  } as const
  t.strictSame(given(customer, []).when(command), [
    {
      type: 'CustomerRegistered',
      data: {
        customerId,
        agent: 'layla',
        status: 'active',
        occurredOn: '2026-11-21',
        name: 'Ann',
      },
    },
  ])
})

t.test('a registration that is sent again changes nothing', async (t) => {
  t.strictSame(given(customer, after(registerCustomer)).when(registerCustomer), [])
})

t.test('a registration that was abandoned can no longer come', async (t) => {
  t.strictSame(given(customer, []).when(abandon), [
    { type: 'CustomerRegistrationAbandoned', data: { customerId } },
  ])
  t.strictSame(given(customer, after(abandon)).when(abandon), [])
  t.strictSame(given(customer, after(abandon)).when(registerCustomer), {
    code: 'CUSTOMER_REGISTRATION_ABANDONED',
    facts: { customerId },
    field: undefined,
  })
})

t.test('a customer who registered in time is not abandoned', async (t) => {
  t.strictSame(given(customer, after(registerCustomer)).when(abandon), [])
})

t.test('a budget below zero or of no currency, and a day to come, are refused', async (t) => {
  const refused = (changes: object) => given(customer, []).when({ ...registerCustomer, ...changes })
  t.strictSame(refused({ budget: { amount: -1n, currency: 'SAR' } }), {
    code: 'AMOUNT_NEGATIVE',
    facts: {},
    field: 'budget',
  })
  t.strictSame(refused({ budget: { amount: 1n, currency: 'ABC' } }), {
    code: 'CURRENCY_UNKNOWN',
    facts: { currency: 'ABC' },
    field: 'budget',
  })
  t.hasStrict(refused({ occurredOn: '2026-11-23' }), { code: 'DATE_IN_FUTURE' })
})

t.test('nothing personal is kept in the state', async (t) => {
  const text = JSON.stringify(given(customer, after(registerCustomer)).state)
  for (const field of ['name', 'phone', 'email', 'note'] as const) {
    t.notOk(text.includes(registerCustomer[field]), field)
  }
})

// ── Their number ───────────────────────────────────────────────────────────────────────────────

const claim = { type: 'ClaimCustomerNumber', customerId } as const
const claimed = { type: 'CustomerNumberClaimed', data: { customerId } } as const
const released = { type: 'CustomerNumberReleased', data: { customerId } } as const

t.test('a number is claimed by one customer, who may claim it again', async (t) => {
  t.strictSame(given(customerNumber, []).when(claim), [claimed])
  t.strictSame(given(customerNumber, [claimed]).when(claim), [])
  t.strictSame(given(customerNumber, [claimed]).when({ ...claim, customerId: 'customer-2' }), {
    code: 'CUSTOMER_NUMBER_TAKEN',
    facts: {},
    field: 'number',
  })
})

t.test('a number that was released is free', async (t) => {
  const release = { type: 'ReleaseCustomerNumber', customerId } as const
  t.strictSame(given(customerNumber, [claimed]).when(release), [released])
  t.strictSame(given(customerNumber, [claimed, released]).when(release), [])
  const other = { ...release, customerId: 'customer-2' }
  t.strictSame(given(customerNumber, [claimed]).when(other), [], 'it is not theirs to release')
  const next = { ...claim, customerId: 'customer-2' }
  t.hasStrict(given(customerNumber, [claimed, released]).when(next), [
    { type: 'CustomerNumberClaimed', data: { customerId: 'customer-2' } },
  ])
})

t.test('a number is taken over from the owner who never came, and from nobody else', async (t) => {
  const takeOver = {
    type: 'TakeOverCustomerNumber',
    from: customerId,
    customerId: 'customer-2',
  } as const
  const taken = given(customerNumber, [claimed]).after(takeOver)
  t.strictSame(taken, [
    claimed,
    released,
    { type: 'CustomerNumberClaimed', data: { customerId: 'customer-2' } },
  ])
  t.strictSame(given(customerNumber, taken).when(takeOver), [])
  const third = { ...takeOver, customerId: 'customer-3' }
  t.hasStrict(given(customerNumber, taken).when(third), { code: 'CUSTOMER_NUMBER_TAKEN' })
})
