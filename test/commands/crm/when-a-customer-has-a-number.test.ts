import t from 'tap'
import {
  type FoundCustomer,
  findOrRegisterCustomer,
} from '#commands/crm/find-or-register-customer.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { Business } from '#test/support/business.ts'

const input = { name: 'Chanda', number: '17850.0 ٣' }

t.test('the number is claimed before the customer is registered', async (t) => {
  const business = new Business()
  const { customerId, events } = await registerCustomer(business.deps, input, business.context())
  t.match(events, [{ type: 'CustomerRegistered', data: { customerId, ...input, agent: 'owner' } }])
  t.same(business.story(), {
    customerNumber: ['CustomerNumberClaimed'],
    customer: ['CustomerRegistered'],
  })
  t.notMatch(business.store.log[0]?.stream, /17850/, 'the stream tells nothing of it')
})

t.test('another of the organisation cannot have it, one of another organisation can', async (t) => {
  const business = new Business()
  await registerCustomer(business.deps, input, business.context())
  const again = registerCustomer(business.deps, input, business.context())
  await t.rejects(again, { code: 'CUSTOMER_NUMBER_TAKEN', field: 'number' })
  const elsewhere = business.context(undefined, { organisation: 'other' })
  t.match(await registerCustomer(business.deps, input, elsewhere), { replayed: false })
})

t.test('what the customer refuses is refused before the number is claimed', async (t) => {
  const business = new Business()
  const tooLate = { ...input, occurredOn: '2027-01-01' }
  const refused = registerCustomer(business.deps, tooLate, business.context())
  await t.rejects(refused, { code: 'DATE_IN_FUTURE' })
  t.same(business.store.log, [])
  t.match(await registerCustomer(business.deps, input, business.context()), { revision: 0 })
})

t.test('of many that ask for it at once, one gets it', async (t) => {
  const business = new Business()
  const asked = await Promise.allSettled(
    Array.from({ length: 20 }, () => registerCustomer(business.deps, input, business.context())),
  )
  t.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
  t.equal(business.story()['customer']?.length, 1)
})

t.test('a claim that was left by a crash is taken over after a while', async (t) => {
  const business = new Business()
  const dead = business.context('dead')
  business.dieAt(2, 'before')
  await t.rejects(registerCustomer(business.deps, input, dead), { name: 'LogUnavailable' })
  business.liveAgain()
  const early = registerCustomer(business.deps, input, business.context())
  await t.rejects(early, { code: 'CUSTOMER_NUMBER_TAKEN' }, 'it may still come')

  business.now = '2026-11-21T10:01:01Z'
  const { customerId } = await registerCustomer(business.deps, input, business.context())
  t.same(business.story(), {
    customerNumber: ['CustomerNumberClaimed', 'CustomerNumberReleased', 'CustomerNumberClaimed'],
    customer: ['CustomerRegistrationAbandoned', 'CustomerRegistered'],
  })
  t.match(business.last('CustomerNumberClaimed'), { customerId })
  const late = registerCustomer(business.deps, input, dead)
  await t.rejects(late, { code: 'CUSTOMER_REGISTRATION_ABANDONED' }, 'now it can no longer come')
})

t.test('found by the number, or registered: one customer, whoever asks', async (t) => {
  const business = new Business()
  const find = (): Promise<FoundCustomer> =>
    findOrRegisterCustomer(business.deps, input, business.context())
  const [first, ...others] = await Promise.all(Array.from({ length: 10 }, find))
  business.restart()
  const found = [...others, await find()]
  t.ok(found.every(({ customerId }) => customerId === first?.customerId))
  t.equal([first, ...found].filter((one) => one?.registered).length, 1)
  t.equal(business.story()['customer']?.length, 1)

  const other = { name: 'Bwalya', number: '2' }
  const { customerId } = await registerCustomer(business.deps, other, business.context())
  const linked = await findOrRegisterCustomer(business.deps, other, business.context())
  t.same(linked, { customerId, registered: false }, 'registered in another way')
})
