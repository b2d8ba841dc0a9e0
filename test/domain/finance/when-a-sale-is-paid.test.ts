import t from 'tap'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import {
  after,
  allocate,
  cancel,
  credit,
  customerId,
  dimensions,
  pay,
  recordBrokeredSale,
  recordSale,
  reverse,
  saleId,
} from './a-sale.ts'

const paid = {
  type: 'SalePaymentReceived',
  data: {
    ...dimensions('2026-11-05'),
    purpose: 'price',
    route: 'through_us',
    method: 'bank',
    amount: '40000',
    toReceivable: '40000',
    toCredit: '0',
    toClientMoney: '0',
    paymentId: 'payment-1',
  },
}

t.test('several payments meet what is owed; the last completes the sale', async (t) => {
  const past = after(recordSale())
  t.strictSame(given(sale, past).when(pay(40_000n)), [paid])
  const second = pay(75_000n, { paymentId: 'payment-2', occurredOn: '2026-11-07' })
  t.strictSame(given(sale, after(recordSale(), pay(40_000n))).when(second), [
    {
      type: 'SalePaymentReceived',
      data: {
        ...paid.data,
        occurredOn: '2026-11-07',
        amount: '75000',
        toReceivable: '75000',
        paymentId: 'payment-2',
      },
    },
    { type: 'SaleCompleted', data: dimensions('2026-11-07') },
  ])
})

t.test('what is paid above the debt becomes credit of the customer', async (t) => {
  t.strictSame(given(sale, after(recordSale())).when(pay(120_000n)), [
    {
      type: 'SalePaymentReceived',
      data: { ...paid.data, amount: '120000', toReceivable: '115000', toCredit: '5000' },
    },
    { type: 'SaleCompleted', data: dimensions('2026-11-05') },
  ])
  const complete = after(recordSale(), pay())
  t.hasStrict(given(sale, complete).when(pay(100n, { paymentId: 'payment-2' })), [
    { data: { amount: '100', toReceivable: '0', toCredit: '100' } },
  ])
  t.hasStrict(given(sale, after(recordSale(), cancel())).when(pay(100n)), [
    { data: { toReceivable: '0', toCredit: '100' } },
  ])
})

t.test('over the counter not more is taken than is owed', async (t) => {
  const payment = { paymentId: 'payment-1', method: 'cash' } as const
  const { customerId: _, ...counter } = recordSale({ payment })
  const bounced = after(counter, reverse())
  t.strictSame(given(sale, bounced).when(pay(115_001n, { paymentId: 'payment-2' })), {
    code: 'AMOUNT_ABOVE_OWED',
    facts: { owed: '1150.00', currency: 'SAR' },
    field: 'amount',
  })
  t.strictSame(given(sale, after(counter)).when(pay(1n, { paymentId: 'payment-2' })), {
    code: 'SALE_NOTHING_OWED',
    facts: { saleId },
    field: undefined,
  })
  t.hasStrict(given(sale, bounced).when(pay(115_000n, { paymentId: 'payment-2' })), [
    { data: { toReceivable: '115000', toCredit: '0' } },
    { type: 'SaleCompleted' },
  ])
})

t.test('a payment that is sent again changes nothing', async (t) => {
  t.strictSame(given(sale, after(recordSale(), pay(40_000n))).when(pay(40_000n)), [])
})

t.test('the price of a brokered sale that we receive is the seller’s, all of it', async (t) => {
  const agent = { ...paid.data, basis: 'agent' }
  const past = after(recordBrokeredSale())
  t.strictSame(given(sale, past).when(pay()), [
    {
      ...paid,
      data: { ...agent, amount: '100000', toReceivable: '0', toClientMoney: '100000' },
    },
  ])
  t.strictSame(given(sale, past).when(pay(60_000n, { route: 'direct' })), [
    { ...paid, data: { ...agent, route: 'direct', amount: '60000', toReceivable: '0' } },
  ])
})

t.test('our commission of a brokered sale meets what we are owed', async (t) => {
  const past = after(recordBrokeredSale())
  t.strictSame(given(sale, past).when(pay(3000n, { purpose: 'commission' })), [
    {
      ...paid,
      data: {
        ...paid.data,
        basis: 'agent',
        purpose: 'commission',
        amount: '3000',
        toReceivable: '2875',
        toCredit: '125',
      },
    },
    { type: 'SaleCompleted', data: dimensions('2026-11-05', { basis: 'agent' }) },
  ])
})

t.test('a payment of nothing, or on an unknown sale, is refused', async (t) => {
  const past = after(recordSale())
  t.strictSame(given(sale, past).when(pay(0n)), {
    code: 'AMOUNT_ZERO',
    facts: {},
    field: 'amount',
  })
  const settled = after(recordSale(), pay())
  t.strictSame(
    given(sale, settled).when(pay(undefined, { paymentId: 'payment-2' })),
    { code: 'SALE_NOTHING_OWED', facts: { saleId }, field: undefined },
    'all that is owed is nothing',
  )
  t.strictSame(given(sale, []).when(pay(1n)), {
    code: 'SALE_UNKNOWN',
    facts: { saleId },
    field: undefined,
  })
})

t.test('a payment that bounced is mirrored whole, with its splits', async (t) => {
  const past = after(recordSale(), pay(120_000n))
  t.strictSame(given(sale, past).when(reverse()), [
    {
      type: 'SalePaymentReversed',
      data: {
        ...dimensions('2026-11-10'),
        purpose: 'price',
        route: 'through_us',
        method: 'bank',
        amount: '120000',
        toReceivable: '115000',
        toCredit: '5000',
        toClientMoney: '0',
        paymentId: 'payment-1',
        cause: 'bounced',
      },
    },
  ])
})

t.test('after a reversal the debt is back, and the sale can be completed again', async (t) => {
  const past = after(recordSale(), pay(), reverse())
  t.hasStrict(given(sale, past).state, { owed: '115000' })
  t.hasStrict(given(sale, past).when(pay(undefined, { paymentId: 'payment-2' })), [
    { type: 'SalePaymentReceived', data: { amount: '115000', toReceivable: '115000' } },
    { type: 'SaleCompleted' },
  ])
})

t.test('a payment is reversed once, when it exists, and not before it came', async (t) => {
  const past = after(recordSale(), pay())
  const reversed = after(recordSale(), pay(), reverse())
  t.strictSame(given(sale, reversed).when(reverse({ cause: 'mistyped' })), {
    code: 'PAYMENT_ALREADY_REVERSED',
    facts: { paymentId: 'payment-1' },
    field: undefined,
  })
  t.strictSame(given(sale, past).when(reverse({ paymentId: 'constructor' })), {
    code: 'PAYMENT_UNKNOWN',
    facts: { paymentId: 'constructor' },
    field: undefined,
  })
  t.hasStrict(given(sale, past).when(reverse({ occurredOn: '2026-11-04' })), {
    code: 'DATE_TOO_EARLY',
    facts: { earliest: '2026-11-05' },
  })
})

t.test('customer credit meets what is owed and completes the sale', async (t) => {
  const past = after(recordSale(), pay(100_000n))
  const allocated = (amount: string) => ({
    type: 'SaleCreditAllocated',
    data: { ...dimensions('2026-11-08'), allocationId: 'allocation-1', amount },
  })
  t.strictSame(given(sale, past).when(allocate(10_000n)), [allocated('10000')])
  t.strictSame(given(sale, past).when(allocate(99_999n)), [
    allocated('15000'),
    { type: 'SaleCompleted', data: dimensions('2026-11-08') },
  ])
})

t.test(
  'credit is not allocated twice, nor where nothing is owed, nor to another’s sale',
  async (t) => {
    const past = after(recordSale(), allocate(10_000n))
    t.strictSame(given(sale, past).when(allocate(10_000n)), [])
    t.strictSame(given(sale, after(recordSale(), pay())).when(allocate(1n)), {
      code: 'SALE_NOTHING_OWED',
      facts: { saleId },
      field: undefined,
    })
    t.strictSame(given(sale, after(recordSale())).when(allocate(1n, { customerId: 'other' })), {
      code: 'SALE_OF_OTHER_CUSTOMER',
      facts: { saleId },
      field: undefined,
    })
    const { customerId: _, ...counter } = recordSale({
      payment: { paymentId: 'payment-1', method: 'cash' },
    })
    t.strictSame(given(sale, after(counter)).when(allocate(1n, { customerId })), {
      code: 'SALE_WITHOUT_CUSTOMER',
      facts: { saleId },
      field: undefined,
    })
  },
)

t.test('credit may still be allocated to what a cancelled sale is owed', async (t) => {
  const past = after(recordSale(), credit(40_000n), cancel())
  t.hasStrict(given(sale, past).state, { status: 'cancelled', owed: '46000' })
  t.hasStrict(given(sale, past).when(allocate(46_000n)), [{ data: { amount: '46000' } }, {}])
})
