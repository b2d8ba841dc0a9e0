import fc from 'fast-check'
import t from 'tap'
import { Exact, plain } from '#domain/money/exact.ts'
import {
  AMOUNT_LIMIT,
  multiply,
  netWithin,
  percent,
  proportion,
  split,
} from '#domain/money/money.ts'

t.test('a percentage is rounded half-even, and keeps what it was rounded from', async (t) => {
  t.strictSame(percent(50_000_000n, '2.5', 'SAR'), {
    amount: 1_250_000n,
    exact: '12500',
    changed: false,
  })
  t.strictSame(percent(10n, '15', 'SAR'), { amount: 2n, exact: '0.015', changed: true })
  t.strictSame(percent(30n, '15', 'SAR'), { amount: 4n, exact: '0.045', changed: true })
  t.strictSame(percent(1000n, '0.25', 'JPY'), { amount: 2n, exact: '2.5', changed: true })
  t.strictSame(percent(1001n, '33.333333333333', 'KWD'), {
    amount: 334n,
    exact: '0.33366666666666333',
    changed: true,
  })
})

t.test('a product no float could keep is exact', async (t) => {
  const amount = AMOUNT_LIMIT - 1n
  t.equal(multiply(amount, '0.999999999999', 'SAR').amount, 999_999_999_998_999_999n)
  t.equal(multiply(amount, '0.999999999999', 'SAR').exact, '9999999999989999.99000000000001')
})

t.test('half of an odd amount goes to the even neighbour, below zero too', async () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (half) => {
      const { amount } = multiply(2n * half + 1n, '0.5', 'SAR')
      return amount % 2n === 0n && (amount === half || amount === half + 1n)
    }),
  )
})

const size = fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n })

t.test('a proportion never falls as its part grows, and ends with the whole', async () => {
  const parts = fc.tuple(size, fc.array(size, { minLength: 1, maxLength: 8 }))
  fc.assert(
    fc.property(parts, ([total, steps]) => {
      const whole = steps.reduce((sum, step) => sum + step, 1n)
      let part = 0n
      let before = 0n
      for (const step of [...steps, 1n]) {
        part += step
        const now = proportion(total, part, whole)
        if (now < before || now > total) return false
        before = now
      }
      return before === total
    }),
  )
})

t.test('a proportion is within half a unit, and a half goes to the even neighbour', async (t) => {
  fc.assert(
    fc.property(size, size, size, (total, a, b) => {
      const [part, whole] = a < b ? [a, b] : [b, a + 1n]
      const twiceOff = 2n * (proportion(total, part, whole) * whole - total * part)
      return twiceOff <= whole && twiceOff >= -whole
    }),
  )
  t.strictSame(
    [1n, 3n, 5n].map((n) => proportion(n, 1n, 2n)),
    [0n, 2n, 2n],
  )
})

const rates = fc
  .bigInt({ min: 0n, max: 100n * 10n ** 12n })
  .map((scaled) => plain(new Exact(scaled).times(new Exact('0.000000000001'))))
const rate = fc.oneof(rates, fc.constantFrom('0', '5', '15', '20', '100'))

t.test('what is net of a gross amount is the net that it was made of', async (t) => {
  t.equal(netWithin(1150n, '15'), 1000n)
  fc.assert(
    fc.property(size, rate, (net, rate) => {
      const gross = net + percent(net, rate, 'SAR').amount
      return netWithin(gross, rate) === net
    }),
  )
})

t.test('where no net has that gross, the tax is off by one minor unit', async (t) => {
  t.equal(netWithin(4n, '15'), 3n, 'though 15 % of 3 is none')
  fc.assert(
    fc.property(size, rate, (gross, rate) => {
      const net = netWithin(gross, rate)
      const off = gross - net - percent(net, rate, 'SAR').amount
      return net <= gross && off >= -1n && off <= 1n
    }),
  )
})

t.test('the parts of a split sum to the total, each within one unit of its share', async (t) => {
  const weights = fc.array(size, { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(size, fc.boolean(), weights, (amount, negative, weights) => {
      const total = negative ? -amount : amount
      const heavy = [...weights, 1n]
      const whole = heavy.reduce((sum, weight) => sum + weight, 0n)
      const parts = split(total, heavy)
      const sum = parts.reduce((sum, part) => sum + part, 0n)
      const near = parts.every((part, index) => {
        const off = part * whole - total * (heavy[index] ?? 0n)
        return off < whole && off > -whole
      })
      return sum === total && near
    }),
  )
  t.strictSame(split(100n, [1n, 1n, 1n]), [34n, 33n, 33n])
  t.strictSame(split(-5n, [1n, 2n]), [-2n, -3n])
  t.strictSame(split(7n, [0n, 1n]), [0n, 7n])
  t.throws(() => split(1n, [0n, 0n]), RangeError)
})
