import t from 'tap'
import { type SaleEvent, sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import {
  after,
  allocate,
  cancel,
  credit,
  dimensions,
  pay,
  recordBrokeredSale,
  recordSale,
  reverse,
  saleId,
  sar,
  writeOff,
} from './a-sale.ts'

const counter = (occurredOn: string) => {
  const { customerId: _, ...rest } = dimensions(occurredOn)
  return rest
}
const overTheCounter = () => {
  const payment = { paymentId: 'payment-1', method: 'cash' } as const
  const { customerId: _, ...command } = recordSale({ payment })
  return command
}
const memo = (amount: bigint) => credit(amount, { document: { amount } })

const credited = {
  type: 'SaleCredited',
  data: {
    ...dimensions('2026-11-12'),
    creditNoteId: 'credit-note-1',
    net: '40000',
    tax: '6000',
    gross: '46000',
    taxes: [{ code: 'VAT', rate: '15', net: '40000', tax: '6000' }],
  },
}
const takenBack = {
  type: 'CommissionTakenBack',
  data: {
    ...dimensions('2026-11-12'),
    cause: 'credit_note',
    creditNoteId: 'credit-note-1',
    net: '1000',
    tax: '0',
    gross: '1000',
    fromReceivable: '0',
    toCredit: '0',
  },
}
const cancelled = {
  type: 'SaleCancelled',
  data: {
    ...dimensions('2026-11-15'),
    recordedOn: '2026-11-01',
    recordedNet: '100000',
    recordedGross: '115000',
    recordedCommission: '2500',
    net: '100000',
    tax: '15000',
    gross: '115000',
    taxes: [{ code: 'VAT', rate: '15', net: '100000', tax: '15000' }],
    fromReceivable: '115000',
    toCredit: '0',
  },
}
const allTakenBack = {
  type: 'CommissionTakenBack',
  data: {
    ...dimensions('2026-11-15'),
    cause: 'cancellation',
    net: '2500',
    tax: '0',
    gross: '2500',
    fromReceivable: '0',
    toCredit: '0',
  },
}

t.test('a credit takes its part of the sale and of the commission; the debt stays', async (t) => {
  const past = after(recordSale())
  t.strictSame(given(sale, past).when(credit(40_000n)), [credited, takenBack])
  t.hasStrict(given(sale, after(recordSale(), credit(40_000n))).state, { owed: '115000' })
})

t.test('a sale credited in parts gives back exactly all of its commission', async (t) => {
  const record = recordSale({ document: { amount: 1000n }, commission: { rate: '0.7' } })
  const parts = [333n, 333n, 334n].map((amount, index) =>
    credit(amount, { creditNoteId: `credit-note-${index}`, document: { amount } }),
  )
  const past = after(record, ...parts)
  const back = past.flatMap((event) => (event.type === 'CommissionTakenBack' ? [event.data] : []))
  t.same(
    back.map(({ net }) => net),
    ['2', '3', '2'],
  )
  t.hasStrict(given(sale, past).state, { commission: { net: '7', netTaken: '7' } })
})

t.test('never more is credited than was sold, in all and under each tax code', async (t) => {
  const past = after(recordSale(), credit(40_000n))
  const again = (changes: object) =>
    given(sale, past).when(credit(60_001n, { creditNoteId: 'credit-note-2', ...changes }))
  t.strictSame(again({}), {
    code: 'CREDIT_ABOVE_SALE',
    facts: { left: '600.00', currency: 'SAR', taxCode: 'VAT' },
    field: 'amount',
  })
  const line = { quantity: '1', unitPrice: '600.01', taxCode: 'VAT' }
  const lines = { document: { lines: [line], taxRates: { VAT: '15' } } }
  t.hasStrict(again(lines), { code: 'CREDIT_ABOVE_SALE', field: 'lines' })
  const untaxed = given(sale, after(recordSale({ document: { amount: 100n } })))
  t.strictSame(untaxed.when(credit(101n, { document: { amount: 101n } })), {
    code: 'CREDIT_ABOVE_SALE',
    facts: { left: '1.00', currency: 'SAR', taxCode: '–' },
    field: 'amount',
  })
  t.strictSame(again({ currency: 'USD' }), {
    code: 'CURRENCY_MISMATCH',
    facts: { expected: 'SAR', given: 'USD' },
    field: 'currency',
  })
})

t.test(
  'what is credited names a tax code of its sale, where the sale has nothing without',
  async (t) => {
    const taxRates = { VAT: '15', LOW: '5' }
    const line = { quantity: '1', unitPrice: '1' }
    const sold = [
      { ...line, taxCode: 'VAT' },
      { ...line, taxCode: 'LOW' },
    ]
    const past = after(recordSale({ document: { lines: sold, taxRates } }))
    const crediting = (document: object) => given(sale, past).when(credit(1n, { document }))
    const required = { code: 'TAX_CODE_REQUIRED', facts: { taxCodes: 'VAT, LOW' } }
    t.strictSame(crediting({ amount: 1n }), { ...required, field: 'taxCode' })
    t.strictSame(crediting({ lines: [sold[0], line], taxRates }), {
      ...required,
      field: 'lines.1.taxCode',
    })
    t.strictSame(crediting({ amount: 1n, taxCode: 'NONE', taxRates: { NONE: '0' } }), {
      code: 'TAX_CODE_NOT_OF_SALE',
      facts: { taxCode: 'NONE', taxCodes: 'VAT, LOW' },
      field: 'taxCode',
    })
    t.strictSame(given(sale, after(recordSale({ document: { amount: 100n } }))).when(credit(1n)), {
      code: 'TAX_CODE_NOT_OF_SALE',
      facts: { taxCode: 'VAT', taxCodes: '–' },
      field: 'taxCode',
    })
  },
)

t.test('a credit is taxed at the rate at which its sale was', async (t) => {
  const past = after(recordSale())
  const crediting = (taxRates?: Readonly<Record<string, string>>) =>
    given(sale, past).when(
      credit(40_000n, { document: { amount: 40_000n, taxCode: 'VAT', taxRates } }),
    )
  t.strictSame(crediting(), [credited, takenBack], 'when none is said')
  t.strictSame(crediting({ VAT: '15.0', LOW: '5' }), [credited, takenBack])
  t.strictSame(crediting({ VAT: '5' }), {
    code: 'TAX_RATE_NOT_OF_SALE',
    facts: { taxCode: 'VAT', rate: '15' },
    field: 'taxRates.VAT',
  })
  t.strictSame(crediting({ VAT: '-5' }), {
    code: 'RATE_INVALID',
    facts: { rate: '-5' },
    field: 'taxRates.VAT',
  })
})

t.test('never more tax is given back than was charged, however parts were rounded', async (t) => {
  const tenths = [1, 2, 3].map((n) => credit(10n, { creditNoteId: `credit-note-${n}` }))
  const sold = recordSale({ document: { amount: 30n, taxCode: 'VAT', taxRates: { VAT: '15' } } })
  const past = after(sold, ...tenths.slice(0, 2))
  const third = (amount: bigint) =>
    given(sale, past).when(credit(amount, { creditNoteId: 'credit-note-3' }))
  t.strictSame(
    third(10n),
    {
      code: 'CREDIT_ABOVE_SALE',
      facts: { left: '0.03', currency: 'SAR', taxCode: 'VAT' },
      field: 'amount',
    },
    'the most whose tax rounds to what is left of it',
  )
  t.hasStrict(third(4n), { code: 'CREDIT_ABOVE_SALE' })
  t.hasStrict(third(3n), [{ data: { net: '3', tax: '0' } }])
  t.hasStrict(given(sale, past).when(cancel()), [{ data: { net: '10', tax: '0', gross: '10' } }])
})

t.test('a credit that is sent again changes nothing', async (t) => {
  t.strictSame(given(sale, after(recordSale(), credit(40_000n))).when(credit(40_000n)), [])
})

t.test(
  'over the counter a credit says how the money goes back; on account it must not',
  async (t) => {
    const past = after(overTheCounter())
    t.strictSame(given(sale, past).when(credit(1n)), {
      code: 'REFUND_METHOD_REQUIRED',
      facts: {},
      field: 'refundMethod',
    })
    t.hasStrict(given(sale, past).when(credit(1000n, { refundMethod: 'cash' })), [
      { type: 'SaleCredited', data: { gross: '1150' } },
      {},
    ])
    t.strictSame(given(sale, after(recordSale())).when(credit(1n, { refundMethod: 'cash' })), {
      code: 'REFUND_METHOD_NOT_ALLOWED',
      facts: {},
      field: 'refundMethod',
    })
  },
)

t.test('an unpaid sale is cancelled against the receivable', async (t) => {
  const command = cancel({ reason: 'Wrong customer' })
  t.strictSame(given(sale, after(recordSale())).when(command), [
    { ...cancelled, data: { ...cancelled.data, reason: 'Wrong customer' } },
    allTakenBack,
  ])
})

t.test('what was paid of a cancelled sale becomes credit', async (t) => {
  const past = after(recordSale(), pay(40_000n), allocate(10_000n))
  t.strictSame(given(sale, past).when(cancel()), [
    { ...cancelled, data: { ...cancelled.data, fromReceivable: '65000', toCredit: '50000' } },
    allTakenBack,
  ])
})

t.test('a cancellation is for what is not yet credited', async (t) => {
  t.strictSame(given(sale, after(recordSale(), pay(), credit(40_000n))).when(cancel()), [
    {
      ...cancelled,
      data: {
        ...cancelled.data,
        net: '60000',
        tax: '9000',
        gross: '69000',
        taxes: [{ code: 'VAT', rate: '15', net: '60000', tax: '9000' }],
        fromReceivable: '0',
        toCredit: '69000',
      },
    },
    { ...allTakenBack, data: { ...allTakenBack.data, net: '1500', gross: '1500' } },
  ])
  t.hasStrict(given(sale, after(recordSale(), pay(), credit(100_000n))).when(cancel()), [
    {
      type: 'SaleCancelled',
      data: { recordedNet: '100000', gross: '0', taxes: [], toCredit: '0' },
    },
  ])
})

t.test('over the counter what was paid is paid back by a named method', async (t) => {
  const past = after(overTheCounter())
  t.strictSame(given(sale, past).when(cancel()), {
    code: 'REFUND_METHOD_REQUIRED',
    facts: {},
    field: 'refundMethod',
  })
  t.strictSame(
    given(sale, past).when(cancel({ refundMethod: 'card' })),
    [
      {
        type: 'SaleCancelled',
        data: {
          ...cancelled.data,
          ...counter('2026-11-15'),
          customerId: undefined,
          fromReceivable: '0',
          toCredit: '115000',
          refundMethod: 'card',
        },
      },
      { type: 'CommissionTakenBack', data: { ...allTakenBack.data, customerId: undefined } },
    ].map(withoutCustomer),
  )
})

function withoutCustomer({ type, data }: { type: string; data: object }) {
  return { type, data: Object.fromEntries(Object.entries(data).filter(([, v]) => v !== undefined)) }
}

t.test('a cancelled brokered sale takes our commission back, not the price', async (t) => {
  const agent = { basis: 'agent' }
  const past = after(recordBrokeredSale(), pay(2000n, { purpose: 'commission' }))
  t.strictSame(given(sale, past).when(cancel()), [
    {
      type: 'SaleCancelled',
      data: {
        ...cancelled.data,
        ...agent,
        recordedGross: '100000',
        net: '0',
        tax: '0',
        gross: '0',
        taxes: [],
        fromReceivable: '0',
      },
    },
    {
      type: 'CommissionTakenBack',
      data: {
        ...allTakenBack.data,
        ...agent,
        taxCode: 'VAT',
        taxRate: '15',
        tax: '375',
        gross: '2875',
        fromReceivable: '875',
        toCredit: '2000',
      },
    },
  ])
})

t.test('a credit of a brokered price takes our commission back in proportion', async (t) => {
  t.strictSame(given(sale, after(recordBrokeredSale())).when(memo(40_000n)), [
    {
      type: 'SaleCredited',
      data: { ...credited.data, basis: 'agent', tax: '0', gross: '40000', taxes: [] },
    },
    {
      type: 'CommissionTakenBack',
      data: {
        ...takenBack.data,
        basis: 'agent',
        taxCode: 'VAT',
        taxRate: '15',
        tax: '150',
        gross: '1150',
        fromReceivable: '1150',
      },
    },
  ])
})

t.test('over the counter our commission is paid back by a named method', async (t) => {
  const payment = { paymentId: 'payment-1', method: 'cash', purpose: 'commission' } as const
  const { customerId: _, ...record } = recordBrokeredSale({ payment })
  const past = after(record)
  t.hasStrict(given(sale, past).when(memo(40_000n)), { code: 'REFUND_METHOD_REQUIRED' })
  t.hasStrict(given(sale, past).when(cancel({ refundMethod: 'cash' })), [
    { type: 'SaleCancelled' },
    { type: 'CommissionTakenBack', data: { toCredit: '2875', refundMethod: 'cash' } },
  ])
})

t.test('a sale is cancelled once, and not credited afterwards', async (t) => {
  const refused = { code: 'SALE_ALREADY_CANCELLED', facts: { saleId }, field: undefined }
  const past = after(recordSale(), cancel())
  t.strictSame(given(sale, past).when(cancel()), refused)
  t.strictSame(given(sale, past).when(credit(1n)), refused)
})

t.test('what was written off is neither credited nor cancelled', async (t) => {
  const past = after(recordSale(), writeOff(100n))
  const refused = {
    code: 'SALE_WRITTEN_OFF',
    facts: { saleId, writtenOff: '1.00', currency: 'SAR' },
    field: undefined,
  }
  t.strictSame(given(sale, past).when(cancel()), refused)
  t.strictSame(given(sale, past).when(credit(1n)), refused)
})

t.test('what of a debt written off came in after all is as if paid', async (t) => {
  const reversal = {
    type: 'ReverseSaleWriteOff',
    saleId,
    badDebtId: 'bad-debt-1',
    reversalId: 'reversal-1',
    amount: sar(75_000n),
    occurredOn: '2026-11-15',
    today: '2026-11-21',
  } as const
  const recovered = 40_000n
  const writtenOff = after(recordSale(), writeOff())
  t.hasStrict(given(sale, writtenOff).when(cancel({ recovered })), {
    code: 'SALE_WRITTEN_OFF',
    facts: { writtenOff: '750.00' },
  })
  const reversed = given(sale, after(recordSale(), writeOff(), reversal))
  t.hasStrict(reversed.when(cancel({ recovered: recovered - 1n })), {
    code: 'SALE_WRITTEN_OFF',
    facts: { writtenOff: '0.01' },
  })
  t.hasStrict(reversed.when(cancel({ recovered })), [
    { type: 'SaleCancelled', data: { fromReceivable: '75000', toCredit: '40000' } },
    { type: 'CommissionTakenBack' },
  ])
  t.strictSame(reversed.when(credit(40_000n, { recovered })), [credited, takenBack])
})

t.test('a sale is neither credited nor cancelled before it was', async (t) => {
  const past = after(recordSale())
  const early = { occurredOn: '2026-10-31' }
  t.hasStrict(given(sale, past).when(cancel(early)), { code: 'DATE_TOO_EARLY' })
  t.hasStrict(given(sale, past).when(credit(1n, early)), { code: 'DATE_TOO_EARLY' })
})

t.test('a payment that bounces after the cancellation is owed again', async (t) => {
  const past = after(recordSale(), pay(), cancel(), reverse({ occurredOn: '2026-11-16' }))
  t.hasStrict(given(sale, past).state, { status: 'cancelled', owed: '115000' })
  t.equal(owedInAll(past), 115_000n, 'though the customer has credit of the same sum')
})

function owedInAll(events: readonly SaleEvent[]): bigint {
  return events.reduce((sum, event) => {
    if (event.type === 'SaleRecorded') return sum + BigInt(event.data.gross)
    if (event.type === 'SalePaymentReceived') return sum - BigInt(event.data.toReceivable)
    if (event.type === 'SalePaymentReversed') return sum + BigInt(event.data.toReceivable)
    if (event.type === 'SaleCancelled') return sum - BigInt(event.data.fromReceivable)
    return sum
  }, 0n)
}

t.test('a price in parts of another currency is not credited', async (t) => {
  const past = after(recordSale())
  const payment = pay(undefined, { amount: { ...sar(1n), currency: 'KWD' } })
  t.hasStrict(given(sale, past).when(payment), { code: 'CURRENCY_MISMATCH', field: 'amount' })
})
