import t from 'tap'
import { allocateCredit } from '#commands/finance/allocate-credit.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { customerCredit } from '#domain/finance/customer-credit.ts'
import { Business } from '#test/support/business.ts'

const idOf = ({ id }: { readonly id: string }): string => id
const usd = (amount: bigint) => ({ amount, currency: 'USD' })

t.test(
  'where the table of outcomes stands within the allocation, nothing that the sale took is freed',
  async (t) => {
    const business = new Business()
    const customerId = await business.customer()
    const pay = (saleId: string, amount: bigint, key: string) => {
      const payment = { saleId, method: 'cash', amount: usd(amount) } as const
      return receivePayment(business.deps, payment, business.context(key))
    }
    const credit = async () =>
      (await business.handler.load(customerCredit, 'main', customerId, { age: 'now' })).state
    const document = { amount: 880n }
    await issueCreditNote(business.deps, { customerId, document }, business.context())
    const saleId = await business.sale(customerId, 1000n)
    // So many that the sale's state is kept, and a program that starts does not read it from its beginning.
    for (let n = 0; n < 120; n++) await pay(saleId, 1n, `payment ${n}`)
    const allocate = () => allocateCredit(business.deps, { saleId }, business.context('allocate'))
    const first = await allocate()
    t.match(
      first.events.map(({ type }) => type),
      ['SaleCreditAllocated', 'SaleCompleted'],
    )
    const positions = first.events.map(({ id }) => business.store.log.findIndex((e) => e.id === id))
    await pay(saleId, 5n, 'above')
    const before = await credit()
    await business.handler.close()
    for (const position of positions) {
      business.restart()
      business.outcomes.seen = position + 1
      await pay(saleId, 1n, `after ${position}`)
      const spent = await credit()
      const again = await allocate()
      t.same(again.events.map(idOf), first.events.map(idOf))
      t.same(await credit(), spent)
      t.same(spent.reservations, before.reservations)
    }
  },
)
