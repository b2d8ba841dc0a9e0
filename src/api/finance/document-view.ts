import { z } from 'zod'
import type { DocumentLine, DocumentTax } from '#domain/finance/documents.ts'
import type { DocumentLines } from '#projections/finance/document-queries.ts'
import { money, moneyOut } from '../money.ts'

/** What the answers of all documents share. */

export const sourceOut = z.strictObject({ system: z.string(), number: z.string() }).nullable()

export function sourceView(source: string | null, number: string | null) {
  return source === null || number === null ? null : { system: source, number }
}

export const linesOut = {
  lines: z
    .array(
      z.strictObject({
        item: z.string().optional(),
        description: z.string().optional(),
        quantity: z.string(),
        unitPrice: z.string(),
        taxCode: z.string().optional(),
      }),
    )
    .describe('Amounts of lines are quantity × unitPrice, exact, never rounded by themselves.'),
  taxes: z.array(
    z.strictObject({ code: z.string(), rate: z.string(), net: moneyOut, tax: moneyOut }),
  ),
  exact: z.string().nullable().describe('The sum before rounding, where it was rounded.'),
}

export function linesView(document: DocumentLines, currency: string) {
  return {
    lines: document.lines.map(lineView),
    taxes: document.taxes.map((tax) => taxView(tax, currency)),
    exact: document.exact,
  }
}

export function lineView(line: DocumentLine): DocumentLine {
  return line
}

export function taxView({ code, rate, net, tax }: DocumentTax, currency: string) {
  return { code, rate, net: money(net, currency), tax: money(tax, currency) }
}
