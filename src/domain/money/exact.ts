import Big from 'big.js'

/**
 * Exact decimal arithmetic for what is not yet whole minor units: quantities, prices, rates. Its own
 * constructor of big.js, strict: a JavaScript number can neither go in nor come out, so that no float
 * takes part. Sums and products are exact; nothing here divides.
 */
export const Exact = Big()
Exact.strict = true

/** Half-even, the only rounding of Daybook unless an event says otherwise. */
const HALF_EVEN = Big.roundHalfEven

export type ExactDecimal = Big

/** An exact decimal of plain digits, without an exponent and without trailing zeros: "2.5". */
export function plain(value: ExactDecimal): string {
  return value.toFixed()
}

/** Exact major units to whole minor units, half-even. */
export function roundToMinor(exact: ExactDecimal, exponent: number): bigint {
  return BigInt(shift(exact, exponent).round(0, HALF_EVEN).toFixed())
}

/** Minor units to exact major units. */
export function toMajor(minor: bigint, exponent: number): ExactDecimal {
  return shift(new Exact(minor), -exponent)
}

function shift(value: ExactDecimal, places: number): ExactDecimal {
  return value.times(powersOfTen.get(places) ?? new Exact(`1e${places}`))
}

const powersOfTen: ReadonlyMap<number, ExactDecimal> = new Map(
  [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((power) => [power, new Exact(`1e${power}`)]),
)
