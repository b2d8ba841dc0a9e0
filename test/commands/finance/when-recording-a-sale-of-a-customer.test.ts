import t from 'tap'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { type NewSale, recordSale } from '#commands/finance/record-sale.ts'
import { assignCommissionTier } from '#commands/organisation/assign-commission-tier.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { setCommissionTier } from '#commands/organisation/set-commission-tier.ts'
import { Business } from '#test/support/business.ts'

const record = (business: Business, input: NewSale, key?: string) =>
  recordSale(business.deps, input, business.context(key))

t.test('facts of the organisation, the agent and the customer go into the sale', async (t) => {
  const business = new Business()
  const { deps } = business
  const settings = { baseCurrency: 'SAR', timeZone: 'Asia/Riyadh', basis: 'agent' } as const
  await changeSettings(deps, settings, business.context())
  const tier = { tier: 'gold', name: 'Gold', rate: '2.5' }
  await setCommissionTier(deps, tier, business.context())
  await assignCommissionTier(deps, { agent: 'sara', tier: 'gold' }, business.context())
  const buyer = { name: 'Chanda', paymentTermsDays: 10 }
  const { customerId } = await registerCustomer(deps, buyer, business.context())
  business.now = '2026-11-21T22:30:00Z' // In Riyadh it is the next day.
  const input = { customerId, agent: 'sara', document: { amount: 50_000_000n } }
  const { saleId, events } = await record(business, input)
  t.match(events, [
    {
      type: 'SaleRecorded',
      stream: `sale-main.${saleId}`,
      data: { currency: 'SAR', basis: 'agent', occurredOn: '2026-11-22', dueOn: '2026-12-02' },
    },
    { type: 'CommissionAccrued', data: { tier: 'gold', rate: '2.5', net: '1250000' } },
  ])
})

t.test(
  'the first sale is noted on the customer before it is recorded, the next is not',
  async (t) => {
    const business = new Business()
    const customerId = await business.customer()
    await business.sale(customerId)
    await business.sale(customerId)
    t.same(
      business.store.log.map(({ type }) => type),
      ['CustomerRegistered', 'CustomerSaleNoted', 'SaleRecorded', 'SaleRecorded'],
    )
  },
)

t.test('a sale that is refused leaves nothing behind', async (t) => {
  const business = new Business()
  const customerId = await business.customer()
  const events = business.store.log.length
  const nothing = record(business, { customerId, document: { amount: 0n } })
  await t.rejects(nothing, { code: 'AMOUNT_ZERO', field: 'amount' })
  const nobody = record(business, { customerId: 'nobody', document: { amount: 1n } })
  await t.rejects(nobody, { code: 'CUSTOMER_UNKNOWN', field: 'customerId' })
  t.equal(business.store.log.length, events)
})

t.test('a customer of another organisation leads nowhere', async (t) => {
  const business = new Business()
  const customerId = await business.customer()
  const other = business.context(undefined, { organisation: 'other' })
  const refused = recordSale(business.deps, { customerId, document: { amount: 1n } }, other)
  await t.rejects(refused, { code: 'CUSTOMER_UNKNOWN' })
})

t.test('the same key with another body touches no other customer', async (t) => {
  const business = new Business()
  const [first, second] = [await business.customer(), await business.customer()]
  const document = { amount: 100n }
  await record(business, { customerId: first, document }, 'key')
  const events = business.store.log.length
  business.restart()
  const context = { ...business.context('key'), bodyHash: 'other body' }
  const reused = recordSale(business.deps, { customerId: second, document }, context)
  await t.rejects(reused, { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal(business.store.log.length, events)
})
