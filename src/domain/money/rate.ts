import { Rejection } from '../rejection.ts'
import { Exact, plain } from './exact.ts'

const RATE = /^\d{1,3}(\.\d{1,12})?$/

/**
 * The rate as plain decimal, between 0 and 100 percent.
 *
 * @throws Rejection RATE_INVALID
 */
export function parseRate(rate: string, field: string): string {
  if (RATE.test(rate)) {
    const value = new Exact(rate)
    if (value.lte(new Exact('100'))) return plain(value)
  }
  throw new Rejection('RATE_INVALID', { rate: rate.slice(0, 64) }, field)
}
