import { z } from 'zod'
import type { DocumentInput } from '#domain/finance/document-amounts.ts'
import { documentSource, MAX_LINES } from '#domain/finance/documents.ts'
import { currencyIn, dayIn } from '../fields.ts'
import { amountIn, decimalIn, moneyOf, type SentAmount } from '../money.ts'

/** What the bodies of all documents share. */

const taxCodeIn = z.string().min(1).max(32)

const lineIn = z.strictObject({
  item: z.string().max(100).optional(),
  description: z.string().max(500).optional(),
  quantity: decimalIn,
  unitPrice: decimalIn.describe('Price of one, net of tax, in major units.'),
  taxCode: taxCodeIn.optional(),
})

/** The day on which it happened; today when absent. */
export const occurredOn = dayIn.optional().describe('Today in the organisation’s zone when absent.')

export const documentFields = {
  lines: z.array(lineIn).min(1).max(MAX_LINES).optional(),
  currency: currencyIn
    .optional()
    .describe('The organisation’s when neither this nor an amount says.'),
  taxCode: taxCodeIn.optional().describe('Of the amount, and of lines that name none.'),
  taxRates: z.record(taxCodeIn, decimalIn).optional().describe('Percent by tax code.'),
  source: z
    .strictObject(documentSource.shape)
    .optional()
    .describe('Where it came from: a document is known by system and number.'),
  occurredOn,
}

type SentDocument = z.output<z.ZodObject<typeof documentFields>>

/** The currency of a document: its own, that of its amount, or the organisation's. */
export function currencyOf(
  body: Pick<SentDocument, 'currency'>,
  amount: SentAmount | undefined,
  baseCurrency: string,
): string {
  return body.currency ?? amount?.currency ?? baseCurrency
}

/** What the domain makes a document's amounts of. @throws Rejection naming `amountField` */
export function documentOf(
  body: SentDocument,
  amount: SentAmount | undefined,
  currency: string,
  amountField = 'amount',
): DocumentInput {
  return {
    amount: amount && moneyOf(amount, currency, amountField).amount,
    lines: body.lines,
    taxCode: body.taxCode,
    taxRates: body.taxRates,
    source: body.source,
  }
}

/** An amount that may be left out where all of something is meant. */
export const amountOrAll = amountIn.optional()
