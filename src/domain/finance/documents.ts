import { z } from 'zod'
import { amountOf, decimal, exactDecimal, impersonal, taxCode } from '../event-schema.ts'

/** What the documents of finance share: their lines, taxes, sources and ways of paying. */

/** How money moved; names the account in the books. */
export const paymentMethod = z.enum(['cash', 'bank', 'card', 'cheque', 'mobile_money'])
export type PaymentMethod = z.output<typeof paymentMethod>

/** One line of a document. Its amount is quantity × unitPrice, exact, never rounded by itself. */
export const documentLine = z.object({
  item: impersonal('an article of a catalogue', z.string().max(100)).optional(),
  description: impersonal(
    'what was sold, in the words of a document that is kept as it was issued',
    z.string().max(500),
  ).optional(),
  quantity: decimal,
  /** Price of one, net of tax, in major units of the document's currency. */
  unitPrice: decimal,
  taxCode: taxCode.optional(),
})
export type DocumentLine = z.output<typeof documentLine>

/** Tax of a document by code: `tax` is `net` × `rate` %, rounded half-even. */
export const documentTax = z.object({
  code: taxCode,
  /** Percent, exact: "15". */
  rate: decimal,
  net: amountOf,
  tax: amountOf,
})
export type DocumentTax = z.output<typeof documentTax>

/** How many lines and tax codes a document may have. */
export const MAX_LINES = 5000
export const MAX_TAX_CODES = 32
export const documentTaxes = z.array(documentTax).max(MAX_TAX_CODES)

/** Where a document came from: known by organisation, system and number, whoever imports it. */
export const documentSource = z.object({
  system: impersonal('the name of a program', z.string().min(1).max(64)),
  number: impersonal('the number that a document bears', z.string().min(1).max(64)),
})

/** The sum before it was rounded to minor units, in major units, with the way of rounding. */
export const roundedFrom = z.object({ exact: exactDecimal, mode: z.literal('half-even') })

/** The amounts of a document: gross = net + tax, all in minor units. */
export const documentAmounts = {
  net: amountOf,
  tax: amountOf,
  gross: amountOf,
  /** By code; net less the nets here is untaxed. */
  taxes: documentTaxes,
  lines: z.array(documentLine).max(MAX_LINES).optional(),
  roundedFrom: roundedFrom.optional(),
  source: documentSource.optional(),
}

export type DocumentAmounts = z.output<z.ZodObject<typeof documentAmounts>>
export type DocumentSource = z.output<typeof documentSource>
