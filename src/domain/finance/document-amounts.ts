import { lookup, present } from '../fields.ts'
import { Exact, type ExactDecimal, plain } from '../money/exact.ts'
import { inRange, percent, positive, type Rounded, round } from '../money/money.ts'
import { parseRate } from '../money/rate.ts'
import { Rejection } from '../rejection.ts'
import {
  type DocumentAmounts,
  type DocumentLine,
  type DocumentSource,
  type DocumentTax,
  MAX_LINES,
  MAX_TAX_CODES,
} from './documents.ts'

/** What a document is made of as it comes in: one net amount, or lines. */
export interface DocumentInput {
  /** Net of tax, in minor units of the document's currency. */
  readonly amount?: bigint | undefined
  readonly lines?: readonly DocumentLine[] | undefined
  /** Of the amount, and of lines that name none. */
  readonly taxCode?: string | undefined
  /** Percent by code, for every code that is used. */
  readonly taxRates?: Readonly<Record<string, string>> | undefined
  readonly source?: DocumentSource | undefined
}

/** Stands for the tax code of what has none. */
export const UNTAXED = ''
const ZERO = new Exact('0')
const QUANTITY = /^-?\d{1,18}(\.\d{1,12})?$/
/** Below what one append may hold, with room for the rest of the event. */
const MAX_LINES_BYTES = 1_000_000
/** So few lines cannot reach the limit, whatever they say. */
const LINES_ALWAYS_FITTING = 300

/**
 * The amounts of a document: net per tax code is summed exactly and rounded half-even once, tax is
 * that net × rate rounded half-even, gross is the sum of both. Lines are never rounded by themselves.
 *
 * @throws Rejection DOCUMENT_*, AMOUNT_*, DECIMAL_INVALID, TAX_CODE_UNKNOWN, RATE_INVALID
 */
export function documentOf(input: DocumentInput, currency: string): DocumentAmounts {
  const lines = linesOf(input)
  const exact = lines && netsOfLines(lines)
  const nets = exact === undefined ? [netOfAmount(input, currency)] : rounds(exact, currency)
  const field = lines === undefined ? 'amount' : 'lines'
  const taxes: DocumentTax[] = []
  let net = 0n
  let rounded = false
  for (const [code, part] of nets) {
    if (part.amount < 0n) {
      const below = fieldOfFactor(lines, (value) => value.lt(ZERO), code)
      throw new Rejection('AMOUNT_NEGATIVE', {}, below)
    }
    if (code !== UNTAXED) {
      taxes.push(taxOf(code, part.amount, input, currency, fieldOfTaxCode(code, input)))
    }
    net += part.amount
    rounded ||= part.changed
  }
  if (taxes.length > MAX_TAX_CODES) {
    throw new Rejection('DOCUMENT_TOO_MANY_TAX_CODES', { limit: MAX_TAX_CODES }, field)
  }
  if (net === 0n) {
    const nothing = fieldOfFactor(lines, (value) => value.eq(ZERO))
    throw new Rejection('AMOUNT_ZERO', {}, nothing)
  }
  inRange(net, currency, field)
  const tax = taxes.reduce((sum, { tax }) => sum + BigInt(tax), 0n)
  return present({
    net: String(net),
    tax: String(tax),
    gross: String(inRange(net + tax, currency, field)),
    taxes,
    lines: lines === undefined ? undefined : [...lines],
    roundedFrom: exact && rounded ? { exact: sumOf(exact), mode: 'half-even' } : undefined,
    source: input.source,
  })
}

/** By tax code, in major units that have yet to be rounded. */
type ExactNets = ReadonlyMap<string, ExactDecimal>
/** A tax code, and what is net of it in minor units. */
type Net = readonly [code: string, net: Pick<Rounded, 'amount' | 'changed'>]

function rounds(exact: ExactNets, currency: string): readonly Net[] {
  return [...exact].map(([code, sum]) => [code, round(sum, currency)])
}

function sumOf(exact: ExactNets): string {
  return plain([...exact.values()].reduce((sum, part) => sum.plus(part), ZERO))
}

/** @throws Rejection TAX_CODE_UNKNOWN, RATE_INVALID */
export function taxOf(
  code: string,
  net: bigint,
  input: Pick<DocumentInput, 'taxRates'>,
  currency: string,
  field: string,
): DocumentTax {
  const rate = rateOf(code, input, field)
  return { code, rate, net: String(net), tax: String(percent(net, rate, currency).amount) }
}

/** Percent. @throws Rejection TAX_CODE_UNKNOWN, RATE_INVALID */
export function rateOf(
  code: string,
  { taxRates = {} }: Pick<DocumentInput, 'taxRates'>,
  field: string,
): string {
  const given = lookup(taxRates, code)
  if (given === undefined) throw new Rejection('TAX_CODE_UNKNOWN', { taxCode: code }, field)
  return parseRate(given, `taxRates.${code}`)
}

/** The field that names a tax code of the document, or should: its own, or that of the first such line. */
export function fieldOfTaxCode(code: string, { lines, taxCode }: DocumentInput): string {
  if (lines === undefined || code === taxCode) return 'taxCode'
  const index = lines.findIndex((line) => (line.taxCode ?? UNTAXED) === code)
  return `lines.${index}.taxCode`
}

/** The lines with the document's tax code where they have none; undefined for an amount alone. */
function linesOf(input: DocumentInput): readonly DocumentLine[] | undefined {
  const { lines, amount, taxCode } = input
  if (lines === undefined) return undefined
  if (amount !== undefined) throw new Rejection('DOCUMENT_AMOUNT_AND_LINES', {}, 'amount')
  if (lines.length === 0) throw new Rejection('DOCUMENT_EMPTY', {}, 'lines')
  if (lines.length > MAX_LINES) {
    throw new Rejection('DOCUMENT_TOO_MANY_LINES', { limit: MAX_LINES }, 'lines')
  }
  if (lines.length > LINES_ALWAYS_FITTING && bytesOf(lines) > MAX_LINES_BYTES) {
    throw new Rejection('DOCUMENT_TOO_LARGE', { limit: MAX_LINES_BYTES }, 'lines')
  }
  return lines.map((line) =>
    present(line.taxCode === undefined && taxCode !== undefined ? { ...line, taxCode } : line),
  )
}

function bytesOf(lines: readonly DocumentLine[]): number {
  return new TextEncoder().encode(JSON.stringify(lines)).length
}

function netOfAmount(input: DocumentInput, currency: string): Net {
  if (input.amount === undefined) throw new Rejection('DOCUMENT_EMPTY', {}, 'amount')
  positive(input.amount, currency, 'amount')
  return [input.taxCode ?? UNTAXED, { amount: input.amount, changed: false }]
}

function netsOfLines(lines: readonly DocumentLine[]): ExactNets {
  const nets = new Map<string, ExactDecimal>()
  for (const [index, line] of lines.entries()) {
    const quantity = decimalOf(line.quantity, `lines.${index}.quantity`)
    const product = quantity.times(decimalOf(line.unitPrice, `lines.${index}.unitPrice`))
    const code = line.taxCode ?? UNTAXED
    nets.set(code, nets.get(code)?.plus(product) ?? product)
  }
  return nets
}

/**
 * The quantity or price that makes a line so, in the first line that is, of one tax code or of any; all
 * lines where it is only their sum.
 */
function fieldOfFactor(
  lines: readonly DocumentLine[] = [],
  is: (value: ExactDecimal) => boolean,
  code?: string,
): string {
  for (const [index, { quantity, unitPrice, taxCode = UNTAXED }] of lines.entries()) {
    if (code !== undefined && code !== taxCode) continue
    if (!is(new Exact(quantity).times(new Exact(unitPrice)))) continue
    return `lines.${index}.${is(new Exact(quantity)) ? 'quantity' : 'unitPrice'}`
  }
  return 'lines'
}

function decimalOf(text: string, field: string): ExactDecimal {
  if (QUANTITY.test(text)) return new Exact(text)
  throw new Rejection('DECIMAL_INVALID', { value: text.slice(0, 64) }, field)
}
