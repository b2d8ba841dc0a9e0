import fc from 'fast-check'
import t from 'tap'
import { currencies, exponentOf } from '#domain/money/currencies.ts'
import { toMajor } from '#domain/money/exact.ts'
import { AMOUNT_LIMIT, formatAmount, parseAmount } from '#domain/money/money.ts'
import { refusalOf } from '../given-when-then.ts'

t.test('an amount is read exactly, by the decimals of its currency', async (t) => {
  t.equal(parseAmount('500000', 'SAR'), 50_000_000n)
  t.equal(parseAmount('500000.5', 'SAR'), 50_000_050n)
  t.equal(parseAmount('0.07', 'USD'), 7n)
  t.equal(parseAmount('-10.50', 'GBP'), -1050n)
  t.equal(parseAmount('1200', 'JPY'), 1200n)
  t.equal(parseAmount('1.001', 'KWD'), 1001n)
  t.equal(parseAmount('1.0001', 'CLF'), 10_001n)
  t.equal(parseAmount('0007.10', 'EUR'), 710n)
})

t.test('an amount is written with all decimals of its currency', async (t) => {
  t.equal(formatAmount(50_000_000n, 'SAR'), '500000.00')
  t.equal(formatAmount('-7', 'USD'), '-0.07')
  t.equal(formatAmount(0n, 'KWD'), '0.000')
  t.equal(formatAmount(1200n, 'JPY'), '1200')
  t.equal(formatAmount(AMOUNT_LIMIT - 1n, 'SAR'), '9999999999999999.99')
})

t.test('an amount is written as exact arithmetic would write it', async () => {
  const amounts = fc.bigInt({ min: 1n - AMOUNT_LIMIT, max: AMOUNT_LIMIT - 1n })
  const small = fc.bigInt({ min: -20_000n, max: 20_000n })
  fc.assert(
    fc.property(fc.oneof(amounts, small), fc.constantFrom(...currencies), (amount, currency) => {
      const decimals = exponentOf(currency)
      return formatAmount(amount, currency) === toMajor(amount, decimals).toFixed(decimals)
    }),
  )
})

t.test('an amount that was written is read as it was', async () => {
  const amounts = fc.bigInt({ min: 1n - AMOUNT_LIMIT, max: AMOUNT_LIMIT - 1n })
  fc.assert(
    fc.property(amounts, fc.constantFrom(...currencies), (amount, currency) => {
      return parseAmount(formatAmount(amount, currency), currency) === amount
    }),
  )
})

t.test('what is no plain decimal is refused', async (t) => {
  const bad = ['', ' 1', '1e3', '1,000.00', '.5', '5.', '+1', '--1', '1.2.3', '٥٠٠', '0x10', 'NaN']
  for (const value of bad) {
    t.strictSame(
      refusalOf(() => parseAmount(value, 'SAR', 'saleAmount')),
      { code: 'AMOUNT_INVALID', facts: { value }, field: 'saleAmount' },
      JSON.stringify(value),
    )
  }
  const endless = '9'.repeat(100_000)
  t.strictSame(
    refusalOf(() => parseAmount(endless, 'SAR')),
    {
      code: 'AMOUNT_INVALID',
      facts: { value: '9'.repeat(64) },
      field: undefined,
    },
  )
})

t.test('more decimals than the currency has are refused, zeros too', async (t) => {
  const refused = (value: string, currency: string) =>
    refusalOf(() => parseAmount(value, currency, 'amount'))
  t.strictSame(refused('1.005', 'SAR'), {
    code: 'AMOUNT_TOO_MANY_DECIMALS',
    facts: { value: '1.005', currency: 'SAR', decimals: 2 },
    field: 'amount',
  })
  t.equal(refused('1.000', 'SAR')?.code, 'AMOUNT_TOO_MANY_DECIMALS')
  t.equal(refused('1.0', 'JPY')?.code, 'AMOUNT_TOO_MANY_DECIMALS')
})

t.test('an amount of 10^18 minor units or more is refused', async (t) => {
  t.equal(parseAmount('9999999999999999.99', 'SAR'), AMOUNT_LIMIT - 1n)
  for (const value of ['10000000000000000.00', '-10000000000000000.00']) {
    t.strictSame(
      refusalOf(() => parseAmount(value, 'SAR', 'amount')),
      {
        code: 'AMOUNT_OUT_OF_RANGE',
        facts: { limit: '10000000000000000.00', currency: 'SAR' },
        field: 'amount',
      },
    )
  }
})

t.test('decimals of currencies are those of ISO 4217, not of custom', async (t) => {
  const decimals = {
    0: 'UGX JPY KRW VND CLP ISK PYG',
    2: 'SAR IRR HUF AFN LBP IDR MRU ZMW ZAR',
    3: 'JOD KWD BHD OMR TND IQD LYD',
    4: 'CLF UYW',
  }
  for (const [exponent, codes] of Object.entries(decimals)) {
    for (const currency of codes.split(' '))
      t.equal(exponentOf(currency), Number(exponent), currency)
  }
  t.equal(currencies.length, 175)
})

t.test('what is no currency with minor units is refused', async (t) => {
  for (const currency of ['XAU', 'XXX', 'XTS', 'ABC', 'sar', '', 'SARS', 'constructor']) {
    t.strictSame(
      refusalOf(() => parseAmount('1', currency, 'amount')),
      { code: 'CURRENCY_UNKNOWN', facts: { currency }, field: 'amount' },
    )
  }
})
