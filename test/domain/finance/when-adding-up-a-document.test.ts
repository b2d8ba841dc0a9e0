import fc from 'fast-check'
import t from 'tap'
import { documentOf } from '#domain/finance/document-amounts.ts'
import { refusalOf } from '../given-when-then.ts'

const line = (quantity: string, unitPrice: string, taxCode?: string) =>
  taxCode === undefined ? { quantity, unitPrice } : { quantity, unitPrice, taxCode }

t.test('an amount alone is its own net', async (t) => {
  t.strictSame(documentOf({ amount: 50_000_000n }, 'SAR'), {
    net: '50000000',
    tax: '0',
    gross: '50000000',
    taxes: [],
  })
})

t.test('an amount alone is taxed by the code of the document', async (t) => {
  const source = { system: 'shop', number: '536365' }
  const input = { amount: 1010n, taxCode: 'VAT', taxRates: { VAT: '15.00' }, source }
  t.strictSame(documentOf(input, 'SAR'), {
    net: '1010',
    tax: '152',
    gross: '1162',
    taxes: [{ code: 'VAT', rate: '15', net: '1010', tax: '152' }],
    source,
  })
})

t.test(
  'lines are summed exactly and rounded once, half-even, with the exact sum kept',
  async (t) => {
    const lines = [line('3', '0.335'), line('1', '0.02'), line('-1', '0.01')]
    t.strictSame(documentOf({ lines }, 'GBP'), {
      net: '102',
      tax: '0',
      gross: '102',
      taxes: [],
      lines,
      roundedFrom: { exact: '1.015', mode: 'half-even' },
    })
  },
)

t.test('lines that sum to whole minor units were not rounded', async (t) => {
  const lines = [line('2', '0.005'), line('6', '2.55')]
  t.strictSame(documentOf({ lines }, 'GBP'), {
    net: '1531',
    tax: '0',
    gross: '1531',
    taxes: [],
    lines,
  })
})

t.test(
  'each tax code has its own net and tax; the code of the document is for lines without',
  async (t) => {
    const lines = [line('1', '10.004', 'LOW'), line('1', '5.004'), line('2', '7')]
    const input = { lines, taxCode: 'VAT', taxRates: { VAT: '15', LOW: '5' } }
    t.strictSame(documentOf(input, 'SAR'), {
      net: '2900',
      tax: '335',
      gross: '3235',
      taxes: [
        { code: 'LOW', rate: '5', net: '1000', tax: '50' },
        { code: 'VAT', rate: '15', net: '1900', tax: '285' },
      ],
      lines: [line('1', '10.004', 'LOW'), line('1', '5.004', 'VAT'), line('2', '7', 'VAT')],
      roundedFrom: { exact: '29.008', mode: 'half-even' },
    })
  },
)

t.test('the parts of a document always sum, whatever its lines', async () => {
  const cents = fc.integer({ min: 0, max: 10_000_000 }).map((n) => (n / 1000).toFixed(3))
  const lines = fc.array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 500 }).map(String),
      unitPrice: cents,
      taxCode: fc.constantFrom('VAT', 'LOW', 'ZERO'),
    }),
    { minLength: 1, maxLength: 20 },
  )
  const taxRates = { VAT: '15', LOW: '5.5', ZERO: '0' }
  const sum = (parts: readonly string[]) => parts.reduce((all, part) => all + BigInt(part), 0n)
  fc.assert(
    fc.property(lines, (lines) => {
      const input = { lines: [...lines, line('1', '1')], taxRates }
      const { net, tax, gross, taxes } = documentOf(input, 'SAR')
      const taxed = sum(taxes.map((part) => part.net))
      return (
        BigInt(gross) === BigInt(net) + BigInt(tax) &&
        sum(taxes.map((part) => part.tax)) === BigInt(tax) &&
        BigInt(net) - taxed === 100n
      )
    }),
  )
})

t.test('what is no document is refused', async (t) => {
  const refused = (input: Parameters<typeof documentOf>[0]) =>
    refusalOf(() => documentOf(input, 'SAR'))
  const tooMany = Array.from({ length: 5001 }, () => line('1', '1'))
  const tooLong = Array.from({ length: 2000 }, () => ({
    ...line('1', '1'),
    description: 'ش'.repeat(300),
  }))
  const codes = Array.from({ length: 33 }, (_, n) => `T${n}`)
  t.strictSame(refused({}), { code: 'DOCUMENT_EMPTY', facts: {}, field: 'amount' })
  t.strictSame(refused({ lines: [] }), { code: 'DOCUMENT_EMPTY', facts: {}, field: 'lines' })
  t.strictSame(refused({ amount: 1n, lines: [line('1', '1')] }), {
    code: 'DOCUMENT_AMOUNT_AND_LINES',
    facts: {},
    field: 'amount',
  })
  t.strictSame(refused({ amount: 0n }), { code: 'AMOUNT_ZERO', facts: {}, field: 'amount' })
  t.strictSame(refused({ amount: -1n }), { code: 'AMOUNT_NEGATIVE', facts: {}, field: 'amount' })
  const zero = (...lines: readonly ReturnType<typeof line>[]) => refused({ lines })
  const isZero = { code: 'AMOUNT_ZERO', facts: {} }
  t.strictSame(zero(line('1', '0.004'), line('0', '5')), { ...isZero, field: 'lines.1.quantity' })
  t.strictSame(zero(line('2', '0.00')), { ...isZero, field: 'lines.0.unitPrice' })
  t.strictSame(zero(line('1', '5'), line('-1', '5')), { ...isZero, field: 'lines' }, 'the sum')
  const rates = { taxRates: { A: '1' } }
  const discounts = [line('9', '9'), line('-1', '9'), line('1', '1', 'A'), line('2', '-1', 'A')]
  const negative = { code: 'AMOUNT_NEGATIVE', facts: {} }
  t.strictSame(
    refused({ lines: discounts, ...rates }),
    { ...negative, field: 'lines.3.unitPrice' },
    'of the tax code whose sum is below zero',
  )
  t.strictSame(refused({ lines: [line('-2', '1'), line('1', '1')] }), {
    ...negative,
    field: 'lines.0.quantity',
  })
  t.strictSame(refused({ lines: [line('1', '1'), line('1e3', '1')] }), {
    code: 'DECIMAL_INVALID',
    facts: { value: '1e3' },
    field: 'lines.1.quantity',
  })
  t.strictSame(refused({ lines: [line('1', '0.0000000000001')] }), {
    code: 'DECIMAL_INVALID',
    facts: { value: '0.0000000000001' },
    field: 'lines.0.unitPrice',
  })
  t.strictSame(refused({ lines: [line('999999999999', '999999999999')] }), {
    code: 'AMOUNT_OUT_OF_RANGE',
    facts: { limit: '10000000000000000.00', currency: 'SAR' },
    field: 'lines',
  })
  t.strictSame(refused({ amount: 1n, taxCode: 'toString' }), {
    code: 'TAX_CODE_UNKNOWN',
    facts: { taxCode: 'toString' },
    field: 'taxCode',
  })
  t.hasStrict(refused({ lines: [line('1', '1'), line('1', '1', 'A')] }), {
    code: 'TAX_CODE_UNKNOWN',
    field: 'lines.1.taxCode',
  })
  t.hasStrict(refused({ lines: [line('1', '1')], taxCode: 'A' }), { field: 'taxCode' })
  t.strictSame(refused({ amount: 1n, taxCode: 'VAT', taxRates: { VAT: '100.01' } }), {
    code: 'RATE_INVALID',
    facts: { rate: '100.01' },
    field: 'taxRates.VAT',
  })
  t.strictSame(refused({ lines: tooMany }), {
    code: 'DOCUMENT_TOO_MANY_LINES',
    facts: { limit: 5000 },
    field: 'lines',
  })
  t.strictSame(refused({ lines: tooLong }), {
    code: 'DOCUMENT_TOO_LARGE',
    facts: { limit: 1_000_000 },
    field: 'lines',
  })
  t.strictSame(
    refused({
      lines: codes.map((code) => line('1', '1', code)),
      taxRates: Object.fromEntries(codes.map((code) => [code, '1'])),
    }),
    { code: 'DOCUMENT_TOO_MANY_TAX_CODES', facts: { limit: 32 }, field: 'lines' },
  )
})
