import t from 'tap'
import { allocateCredit } from '#commands/finance/allocate-credit.ts'
import { cancelSale } from '#commands/finance/cancel-sale.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { refundCredit } from '#commands/finance/refund-credit.ts'
import { reversePayment } from '#commands/finance/reverse-payment.ts'
import { availableCredit, customerCredit } from '#domain/finance/customer-credit.ts'
import { Business } from '#test/support/business.ts'

const usd = (amount: bigint) => ({ amount, currency: 'USD' })

async function setUp(credit: bigint) {
  const business = new Business()
  const { deps } = business
  const customerId = await business.customer()
  if (credit > 0n) {
    await issueCreditNote(deps, { customerId, document: { amount: credit } }, business.context())
  }
  const available = async () => {
    const { state } = await business.handler.load(customerCredit, 'main', customerId)
    return availableCredit(state, 'USD')
  }
  const allocate = (saleId: string, amount?: bigint) =>
    allocateCredit(
      business.deps,
      { saleId, ...(amount !== undefined && { amount: usd(amount) }) },
      business.context(),
    )
  return { business, customerId, available, allocate }
}

t.test('every fact that gives or takes credit is counted before it is answered', async (t) => {
  const { business, customerId, available } = await setUp(0n)
  const { deps } = business
  const saleId = await business.sale(customerId, 100n)
  const pay = { saleId, method: 'bank', amount: usd(130n) } as const
  const { paymentId } = await receivePayment(deps, pay, business.context())
  t.equal(await available(), 30n)
  await reversePayment(deps, { saleId, paymentId, cause: 'bounced' }, business.context())
  t.equal(await available(), 0n)
  await receivePayment(deps, { saleId, method: 'cash' }, business.context())
  await cancelSale(deps, { saleId }, business.context())
  t.equal(await available(), 100n)
  const refund = { customerId, method: 'cash', amount: usd(100n) } as const
  await refundCredit(deps, refund, business.context())
  t.equal(await available(), 0n)
  const more = refundCredit(deps, { ...refund, amount: usd(1n) }, business.context())
  await t.rejects(more, { code: 'CUSTOMER_CREDIT_NOTHING_FREE', facts: { currency: 'USD' } })
})

t.test('a sale takes what it owes, the rest stays the customer’s', async (t) => {
  const { business, customerId, available, allocate } = await setUp(80n)
  const saleId = await business.sale(customerId, 50n)
  const { events } = await allocate(saleId, 70n)
  t.match(events, [
    { type: 'SaleCreditAllocated', data: { amount: '50' } },
    { type: 'SaleCompleted' },
  ])
  t.equal(await available(), 30n)
  await t.rejects(allocate(saleId), { code: 'SALE_NOTHING_OWED' })
  const next = await business.sale(customerId, 100n)
  t.match(await allocate(next), { events: [{ data: { amount: '30' } }] }, 'as much as there is')
  await t.rejects(allocate(next), { code: 'CUSTOMER_CREDIT_NOTHING_FREE', field: undefined })
  t.equal(await available(), 0n)
})

t.test('it is never spent twice, however many try at once', async (t) => {
  const { business, customerId, available, allocate } = await setUp(100n)
  const sales = await Promise.all(Array.from({ length: 12 }, () => business.sale(customerId, 40n)))
  const tried = await Promise.allSettled(sales.map((saleId) => allocate(saleId, 40n)))
  t.equal(tried.filter(({ status }) => status === 'fulfilled').length, 2)
  t.equal(await available(), 20n)
  const last = sales[0] ?? ''
  await Promise.allSettled(Array.from({ length: 6 }, () => allocate(last, 5n)))
  const spent = business.store.log
    .filter(({ type }) => type === 'SaleCreditAllocated')
    .reduce((sum, { data }) => sum + BigInt(data['amount'] as string), 0n)
  t.equal(spent + (await available()), 100n)
})

t.test('for a sale at another revision nothing is set aside', async (t) => {
  const { business, customerId, available } = await setUp(100n)
  const saleId = await business.sale(customerId, 40n)
  const before = business.store.log.length
  const stale = allocateCredit(business.deps, { saleId }, business.context(), { ifRevision: 7 })
  await t.rejects(stale, { code: 'REVISION_MISMATCH', facts: { expected: 7, actual: 0 } })
  t.equal(business.store.log.length, before)
  await allocateCredit(business.deps, { saleId }, business.context(), { ifRevision: 0 })
  t.equal(await available(), 60n)
})

t.test('a sale that refuses in the last moment gives the credit back', async (t) => {
  const { business, customerId, available, allocate } = await setUp(100n)
  const saleId = await business.sale(customerId, 40n)
  business.store.hooks.before = async ({ events }) => {
    if (events[0]?.type !== 'CustomerCreditReserved') return
    business.store.hooks = {}
    await receivePayment(business.deps, { saleId, method: 'cash' }, business.context())
  }
  await t.rejects(allocate(saleId, 40n), { code: 'SALE_NOTHING_OWED' })
  t.equal(await available(), 100n)
})

t.test('only the sale’s own customer', async (t) => {
  const { business, available } = await setUp(100n)
  const saleId = await business.sale(await business.customer('Bwalya'), 40n)
  const { allocate } = await setUp(0n)
  await t.rejects(allocate('nothing'), { code: 'SALE_UNKNOWN' })
  const input = { saleId, customerId: 'somebody', amount: usd(10n) }
  const other = allocateCredit(business.deps, input, business.context())
  await t.rejects(other, { code: 'SALE_OF_OTHER_CUSTOMER' })
  t.equal(await available(), 100n)
})
