import { Rejection } from '../rejection.ts'
import { exponentOf } from './currencies.ts'
import { Exact, type ExactDecimal, plain, roundToMinor, toMajor } from './exact.ts'

/** Money is a bigint of minor units beside its currency: 500000.00 SAR is 50000000n. Never a float. */
export interface Money {
  readonly amount: bigint
  readonly currency: string
}

/** Amounts are below this many minor units, either side of zero: what the event schemas hold. */
export const AMOUNT_LIMIT = 10n ** 18n

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * Minor units of an exact decimal in major units: "500000.00" of SAR is 50000000n. Zeros beyond the
 * currency's decimals are too many decimals like any other digit.
 *
 * @throws Rejection CURRENCY_UNKNOWN, AMOUNT_INVALID (not plain digits), AMOUNT_TOO_MANY_DECIMALS,
 *   AMOUNT_OUT_OF_RANGE
 */
export function parseAmount(text: string, currency: string, field?: string): bigint {
  const decimals = exponentOf(currency, field)
  const parts = text.length > 64 ? null : DECIMAL.exec(text)
  if (parts === null) throw new Rejection('AMOUNT_INVALID', { value: text.slice(0, 64) }, field)
  const [, sign = '', whole = '', fraction = ''] = parts
  if (fraction.length > decimals) {
    throw new Rejection('AMOUNT_TOO_MANY_DECIMALS', { value: text, currency, decimals }, field)
  }
  const amount = BigInt(whole + fraction.padEnd(decimals, '0'))
  return inRange(sign === '-' ? -amount : amount, currency, field)
}

/** The decimal in major units with all decimals of the currency: 50000000n of SAR is "500000.00". */
export function formatAmount(amount: bigint | string, currency: string): string {
  const decimals = exponentOf(currency)
  const minor = BigInt(amount)
  const sign = minor < 0n ? '-' : ''
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, '0')
  return decimals === 0
    ? `${sign}${digits}`
    : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

/** @throws Rejection AMOUNT_OUT_OF_RANGE */
export function inRange(amount: bigint, currency: string, field?: string): bigint {
  if (amount < AMOUNT_LIMIT && amount > -AMOUNT_LIMIT) return amount
  throw new Rejection(
    'AMOUNT_OUT_OF_RANGE',
    { limit: formatAmount(AMOUNT_LIMIT, currency), currency },
    field,
  )
}

/**
 * An amount of more than nothing, and within range.
 *
 * @throws Rejection AMOUNT_NEGATIVE, AMOUNT_ZERO, AMOUNT_OUT_OF_RANGE
 */
export function positive(amount: bigint, currency: string, field?: string): bigint {
  if (amount < 0n) throw new Rejection('AMOUNT_NEGATIVE', {}, field)
  if (amount === 0n) throw new Rejection('AMOUNT_ZERO', {}, field)
  return inRange(amount, currency, field)
}

/** Whole minor units, and the exact value in major units that they were rounded from. */
export interface Rounded {
  readonly amount: bigint
  readonly exact: string
  /** False when nothing had to be rounded. */
  readonly changed: boolean
}

/** Exact major units to minor units of the currency, half-even. */
export function round(exact: ExactDecimal, currency: string): Rounded {
  const exponent = exponentOf(currency)
  const amount = roundToMinor(exact, exponent)
  return { amount, exact: plain(exact), changed: !toMajor(amount, exponent).eq(exact) }
}

/** The amount times an exact factor, half-even: 100n × "0.155" is 16n. */
export function multiply(amount: bigint, factor: string, currency: string): Rounded {
  const exact = toMajor(amount, exponentOf(currency)).times(new Exact(factor))
  return round(exact, currency)
}

/** So many percent of the amount, half-even: "2.5" percent of 500000.00 is 12500.00. */
export function percent(amount: bigint, rate: string, currency: string): Rounded {
  return multiply(amount, plain(new Exact(rate).times(new Exact('0.01'))), currency)
}

/** Rates have up to twelve decimals. */
const RATE_UNIT = 10n ** 12n

/**
 * What is net of a gross amount, half-even: of 11.50 with "15" percent, 10.00. The tax within is the
 * difference, which is the net's own tax wherever some net has this gross; else the minor unit that
 * rounding leaves over is tax.
 */
export function netWithin(gross: bigint, rate: string): bigint {
  const hundred = 100n * RATE_UNIT
  const scaled = BigInt(plain(new Exact(rate).times(new Exact(RATE_UNIT))))
  return proportion(gross, hundred, hundred + scaled)
}

/**
 * `total` × `part` / `whole` for amounts of zero or more, half-even. It never falls when `part`
 * grows, and is `total` when `part` is `whole`: what is taken cumulatively ends exactly.
 */
export function proportion(total: bigint, part: bigint, whole: bigint): bigint {
  const product = total * part
  const quotient = product / whole
  const twice = (product % whole) * 2n
  const up = twice > whole || (twice === whole && quotient % 2n === 1n)
  return up ? quotient + 1n : quotient
}

/**
 * Splits a total in proportion to weights so that the parts sum to it exactly. Each part is rounded
 * down first; the units left go one by one to the largest remainders, the earlier first among equals.
 * Weights are zero or more and not all zero.
 */
export function split(total: bigint, weights: readonly bigint[]): readonly bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n)
  if (whole <= 0n) throw new RangeError('A split needs a weight above zero')
  const size = total < 0n ? -total : total
  const parts = weights.map((weight) => (size * weight) / whole)
  const left = size - parts.reduce((sum, part) => sum + part, 0n)
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (size * weight) % whole }))
    .toSorted((a, b) => (a.remainder === b.remainder ? 0 : a.remainder > b.remainder ? -1 : 1))
  const lucky = new Set(byRemainder.slice(0, Number(left)).map(({ index }) => index))
  const sign = total < 0n ? -1n : 1n
  return parts.map((part, index) => sign * (lucky.has(index) ? part + 1n : part))
}

export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Sum of amounts as state keeps them, strings of minor units. */
export function plus(a: string, b: string): string {
  return (BigInt(a) + BigInt(b)).toString()
}

/** Difference of amounts as state keeps them. */
export function minus(a: string, b: string): string {
  return (BigInt(a) - BigInt(b)).toString()
}
