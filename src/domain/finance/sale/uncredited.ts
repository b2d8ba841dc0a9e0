import { lookup } from '../../fields.ts'
import { formatAmount, percent } from '../../money/money.ts'
import { parseRate } from '../../money/rate.ts'
import { Rejection } from '../../rejection.ts'
import { type DocumentInput, documentOf, fieldOfTaxCode, UNTAXED } from '../document-amounts.ts'
import type { DocumentAmounts } from '../documents.ts'
import type { RecordedSale, Uncredited } from './state.ts'

/** How a message writes that there is no tax code. */
const NONE = '–'

/**
 * The amounts of a document that credits the sale: under tax codes of the sale, at its rates, and
 * never more than was sold, in all, under each code, and untaxed.
 *
 * @throws Rejection TAX_CODE_NOT_OF_SALE, TAX_RATE_NOT_OF_SALE, TAX_CODE_REQUIRED, CREDIT_ABOVE_SALE,
 *   and as `documentOf`
 */
export function creditOf(sale: RecordedSale, document: DocumentInput): DocumentAmounts {
  refuseOtherCodes(sale, document)
  refuseOtherRates(sale, document)
  const amounts = documentOf(withRatesOf(sale, document), sale.currency)
  refuseAboveLeft(sale, amounts, document)
  return amounts
}

/** The document with the sale's rate for each code of the sale for which it says none. */
export function withRatesOf({ left }: RecordedSale, document: DocumentInput): DocumentInput {
  const sold = Object.fromEntries(left.taxes.map(({ code, rate }) => [code, rate]))
  return { ...document, taxRates: { ...sold, ...document.taxRates } }
}

function refuseOtherCodes({ left }: RecordedSale, document: DocumentInput): void {
  const sold = new Set(left.taxes.map(({ code }) => code))
  const { lines = [{ taxCode: undefined }] } = document
  for (const { taxCode = document.taxCode } of lines) {
    if (taxCode === undefined || sold.has(taxCode)) continue
    const facts = { taxCode, taxCodes: listOf(left) }
    throw new Rejection('TAX_CODE_NOT_OF_SALE', facts, fieldOfTaxCode(taxCode, document))
  }
}

function refuseOtherRates({ left }: RecordedSale, { taxRates = {} }: DocumentInput): void {
  for (const { code: taxCode, rate } of left.taxes) {
    const asked = lookup(taxRates, taxCode)
    const field = `taxRates.${taxCode}`
    if (asked === undefined || parseRate(asked, field) === rate) continue
    throw new Rejection('TAX_RATE_NOT_OF_SALE', { taxCode, rate }, field)
  }
}

function refuseAboveLeft(
  { left, currency }: RecordedSale,
  asked: Uncredited,
  document: DocumentInput,
): void {
  const sold = partsOf(left)
  for (const [taxCode, part] of partsOf(asked)) {
    const rest = sold.get(taxCode) ?? NOTHING
    if (part.net <= rest.net && part.tax <= rest.tax) continue
    if (taxCode === UNTAXED && rest.net === 0n && left.taxes.length > 0) {
      const facts = { taxCodes: listOf(left) }
      throw new Rejection('TAX_CODE_REQUIRED', facts, fieldOfTaxCode(taxCode, document))
    }
    const most = formatAmount(creditable(rest, currency), currency)
    const facts = { left: most, currency, taxCode: taxCode === UNTAXED ? NONE : taxCode }
    throw new Rejection(
      'CREDIT_ABOVE_SALE',
      facts,
      document.lines === undefined ? 'amount' : 'lines',
    )
  }
}

function listOf({ taxes }: Uncredited): string {
  return taxes.map(({ code }) => code).join(', ') || NONE
}

interface Part {
  readonly net: bigint
  readonly tax: bigint
  readonly rate: string
}

const NOTHING: Part = { net: 0n, tax: 0n, rate: '0' }

/** Net and tax by tax code. */
function partsOf({ net, taxes }: Uncredited): ReadonlyMap<string, Part> {
  const taxed = taxes.reduce((sum, part) => sum + BigInt(part.net), 0n)
  return new Map([
    [UNTAXED, { net: BigInt(net) - taxed, tax: 0n, rate: '0' }],
    ...taxes.map(({ code, net, tax, rate }): [string, Part] => [
      code,
      { net: BigInt(net), tax: BigInt(tax), rate },
    ]),
  ])
}

/** The most net of the rest whose tax, rounded by itself, is not above the tax of the rest. */
function creditable({ net, tax, rate }: Part, currency: string): bigint {
  let [least, most] = [0n, net]
  while (least < most) {
    const middle = (least + most + 1n) / 2n
    if (percent(middle, rate, currency).amount <= tax) least = middle
    else most = middle - 1n
  }
  return least
}
