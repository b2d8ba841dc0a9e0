import t from 'tap'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import { dimensions, recordBrokeredSale, recordSale, sar } from './a-sale.ts'

const onTheDay = dimensions('2026-11-01')
const recorded = {
  type: 'SaleRecorded',
  data: {
    ...onTheDay,
    net: '100000',
    tax: '15000',
    gross: '115000',
    taxes: [{ code: 'VAT', rate: '15', net: '100000', tax: '15000' }],
    dueOn: '2026-12-01',
  },
}
const commission = {
  type: 'CommissionAccrued',
  data: {
    ...onTheDay,
    tier: 'senior',
    rate: '2.5',
    net: '2500',
    tax: '0',
    gross: '2500',
    dueOn: '2026-12-01',
    exact: '25',
  },
}

t.test('a sale on account is recorded with the commission of the moment', async (t) => {
  t.strictSame(given(sale, []).when(recordSale()), [recorded, commission])
})

t.test('a sale with its payment is complete in one append', async (t) => {
  const command = recordSale({
    document: { amount: 50_000_000n },
    payment: { paymentId: 'payment-1', method: 'card', reference: 'AUTH 77' },
    paymentTermsDays: 14,
    propertyType: 'apartment',
    location: 'الرياض',
  })
  t.strictSame(given(sale, []).when(command), [
    {
      type: 'SaleRecorded',
      data: {
        ...onTheDay,
        net: '50000000',
        tax: '0',
        gross: '50000000',
        taxes: [],
        dueOn: '2026-11-15',
        propertyType: 'apartment',
        location: 'الرياض',
      },
    },
    {
      type: 'CommissionAccrued',
      data: { ...commission.data, net: '1250000', gross: '1250000', exact: '12500' },
    },
    {
      type: 'SalePaymentReceived',
      data: {
        ...onTheDay,
        purpose: 'price',
        route: 'through_us',
        method: 'card',
        amount: '50000000',
        toReceivable: '50000000',
        toCredit: '0',
        toClientMoney: '0',
        paymentId: 'payment-1',
        reference: 'AUTH 77',
      },
    },
    { type: 'SaleCompleted', data: onTheDay },
  ])
})

t.test('a part payment leaves the rest owed', async (t) => {
  const command = recordSale({
    payment: { paymentId: 'payment-1', method: 'cash', amount: sar(40_000n) },
  })
  const events = given(sale, []).after(command)
  t.same(
    events.map(({ type }) => type),
    ['SaleRecorded', 'CommissionAccrued', 'SalePaymentReceived'],
  )
  t.hasStrict(given(sale, events).state, { status: 'recorded', owed: '75000' })
})

t.test('a commission is rounded half-even and keeps its exact sum', async (t) => {
  const command = recordSale({ document: { amount: 100n }, commission: { rate: '0.5' } })
  t.equal(given(sale, []).after(command).length, 1, 'half a unit is none, which is no fact')
  const odd = recordSale({ document: { amount: 300n }, commission: { rate: '0.5' } })
  t.hasStrict(given(sale, []).when(odd), [
    {},
    { type: 'CommissionAccrued', data: { rate: '0.5', net: '2', exact: '0.015' } },
  ])
})

t.test('an agent without a tier earns no commission', async (t) => {
  const { commission: _, ...command } = recordSale()
  t.strictSame(given(sale, []).when(command), [recorded])
})

t.test('over the counter a sale has no customer and is due at once', async (t) => {
  const { customerId: _, ...command } = recordSale({
    document: { amount: 500n },
    payment: { paymentId: 'payment-1', method: 'cash', amount: sar(500n) },
  })
  const { customerId: _customer, ...counter } = dimensions('2026-11-01')
  t.strictSame(given(sale, []).when(command), [
    {
      type: 'SaleRecorded',
      data: {
        ...counter,
        net: '500',
        tax: '0',
        gross: '500',
        taxes: [],
        dueOn: '2026-11-01',
      },
    },
    {
      type: 'CommissionAccrued',
      data: {
        ...counter,
        tier: 'senior',
        rate: '2.5',
        net: '12',
        tax: '0',
        gross: '12',
        dueOn: '2026-12-01',
        exact: '0.125',
      },
    },
    {
      type: 'SalePaymentReceived',
      data: {
        ...counter,
        purpose: 'price',
        route: 'through_us',
        method: 'cash',
        amount: '500',
        toReceivable: '500',
        toCredit: '0',
        toClientMoney: '0',
        paymentId: 'payment-1',
      },
    },
    { type: 'SaleCompleted', data: counter },
  ])
})

t.test('over the counter a sale that is not paid in full is refused', async (t) => {
  const { customerId: _, ...unpaid } = recordSale()
  t.strictSame(given(sale, []).when(unpaid), {
    code: 'PAYMENT_REQUIRED',
    facts: { owed: '1150.00', currency: 'SAR' },
    field: 'payment',
  })
  const paid = (payment: object) =>
    given(sale, []).when({
      ...unpaid,
      payment: { paymentId: 'payment-1', method: 'cash', ...payment },
    })
  t.strictSame(
    paid({ amount: sar(114_999n) }),
    {
      code: 'PAYMENT_REQUIRED',
      facts: { owed: '1150.00', currency: 'SAR' },
      field: 'payment.amount',
    },
    'all of it, not what is missing',
  )
  t.strictSame(
    paid({ amount: sar(115_001n) }),
    {
      code: 'AMOUNT_ABOVE_OWED',
      facts: { owed: '1150.00', currency: 'SAR' },
      field: 'payment.amount',
    },
    'there is no customer whose credit the rest would be',
  )
  const { customerId: _none, ...brokered } = recordBrokeredSale()
  const price = { paymentId: 'payment-1', method: 'cash' } as const
  t.strictSame(given(sale, []).when({ ...brokered, payment: price }), {
    code: 'PAYMENT_REQUIRED',
    facts: { owed: '28.75', currency: 'SAR' },
    field: 'payment.purpose',
  })
})

t.test(
  'a brokered sale is turnover; what we are owed is our commission with its tax',
  async (t) => {
    const agent = dimensions('2026-11-01', { basis: 'agent' })
    t.strictSame(given(sale, []).when(recordBrokeredSale({ paymentTermsDays: 10 })), [
      {
        type: 'SaleRecorded',
        data: {
          ...agent,
          net: '100000',
          tax: '0',
          gross: '100000',
          taxes: [],
          dueOn: '2026-11-11',
        },
      },
      {
        type: 'CommissionAccrued',
        data: {
          ...agent,
          tier: 'senior',
          rate: '2.5',
          taxCode: 'VAT',
          taxRate: '15',
          net: '2500',
          tax: '375',
          gross: '2875',
          dueOn: '2026-11-11',
          exact: '25',
        },
      },
    ])
  },
)

t.test('a sale that is recorded again changes nothing', async (t) => {
  const events = given(sale, []).after(recordSale())
  t.strictSame(given(sale, events).when(recordSale()), [])
  t.strictSame(given(sale, events).when(recordSale({ document: { amount: 1n } })), [])
})

t.test('a sale may be backdated, but is not of the day after tomorrow', async (t) => {
  t.hasStrict(given(sale, []).when(recordSale({ occurredOn: '2010-12-01' })), [
    { type: 'SaleRecorded', data: { occurredOn: '2010-12-01', dueOn: '2010-12-31' } },
    {},
  ])
  t.hasStrict(given(sale, []).when(recordSale({ occurredOn: '2026-11-23' })), {
    code: 'DATE_IN_FUTURE',
  })
})

t.test(
  'a payment in another currency, or of a kind the basis does not have, is refused',
  async (t) => {
    const paid = (payment: object, record = recordSale) =>
      given(sale, []).when(record({ payment: { paymentId: 'p', method: 'bank', ...payment } }))
    t.strictSame(paid({ amount: { amount: 1n, currency: 'USD' } }), {
      code: 'CURRENCY_MISMATCH',
      facts: { expected: 'SAR', given: 'USD' },
      field: 'payment.amount',
    })
    t.strictSame(paid({ purpose: 'commission' }), {
      code: 'PAYMENT_KIND_NOT_ALLOWED',
      facts: { purpose: 'commission', route: 'through_us', basis: 'principal' },
      field: 'payment.purpose',
    })
    t.hasStrict(paid({ route: 'direct' }), { code: 'PAYMENT_KIND_NOT_ALLOWED' })
    t.hasStrict(paid({ purpose: 'commission', route: 'direct' }, recordBrokeredSale), {
      code: 'PAYMENT_KIND_NOT_ALLOWED',
      facts: { basis: 'agent' },
    })
  },
)

t.test('a rate that is no percentage is refused', async (t) => {
  for (const rate of ['-1', '100.5', '2,5', 'NaN', '1e1']) {
    t.strictSame(
      given(sale, []).when(recordSale({ commission: { rate } })),
      { code: 'RATE_INVALID', facts: { rate }, field: 'commission.rate' },
      rate,
    )
  }
})

t.test('a tax code without a rate is refused, each by its field', async (t) => {
  const refused = (command: ReturnType<typeof recordSale>, field: string) =>
    t.strictSame(given(sale, []).when(command), {
      code: 'TAX_CODE_UNKNOWN',
      facts: { taxCode: 'GST' },
      field,
    })
  refused(recordBrokeredSale({ commissionTaxCode: 'GST' }), 'commissionTaxCode')
  refused(recordSale({ document: { amount: 1n, taxCode: 'GST' } }), 'taxCode')
  const lines = [{ quantity: '1', unitPrice: '1', taxCode: 'GST' }]
  refused(recordSale({ document: { lines } }), 'lines.0.taxCode')
})
