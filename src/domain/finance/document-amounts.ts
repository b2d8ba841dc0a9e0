import { present } from '../fields.ts'
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

const UNTAXED = ''
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
    if (part.amount < 0n) throw new Rejection('AMOUNT_NEGATIVE', {}, field)
    if (code !== UNTAXED) {
      const named = code === input.taxCode ? 'taxCode' : field
      taxes.push(taxOf(code, part.amount, input, currency, named))
    }
    net += part.amount
    rounded ||= part.changed
  }
  if (taxes.length > MAX_TAX_CODES) {
    throw new Rejection('DOCUMENT_TOO_MANY_TAX_CODES', { limit: MAX_TAX_CODES }, field)
  }
  positive(net, currency, field)
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
  return plain([...exact.values()].reduce((sum, part) => sum.plus(part), new Exact('0')))
}

/** @throws Rejection TAX_CODE_UNKNOWN, RATE_INVALID */
export function taxOf(
  code: string,
  net: bigint,
  input: Pick<DocumentInput, 'taxRates'>,
  currency: string,
  field: string,
): DocumentTax {
  const rates = input.taxRates ?? {}
  const given = Object.hasOwn(rates, code) ? rates[code] : undefined
  if (given === undefined) throw new Rejection('TAX_CODE_UNKNOWN', { taxCode: code }, field)
  const rate = parseRate(given, `taxRates.${code}`)
  return { code, rate, net: String(net), tax: String(percent(net, rate, currency).amount) }
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

function decimalOf(text: string, field: string): ExactDecimal {
  if (QUANTITY.test(text)) return new Exact(text)
  throw new Rejection('DECIMAL_INVALID', { value: text.slice(0, 64) }, field)
}
