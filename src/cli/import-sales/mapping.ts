import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { paymentMethod } from '#domain/finance/documents.ts'
import { CommandLineError } from '../command-line-error.ts'

/**
 * How the columns of a file of sales become documents. The mapping of Online Retail is shipped as the
 * example: mappings/online-retail.json.
 */

const pattern = z.string().refine(isPattern, { error: 'must be a regular expression' })

/** A column, and which part of its text is meant: the pattern's first group, or all of it. */
const part = z.strictObject({ column: z.string().min(1), pattern: pattern.optional() })

const mappingSchema = z.strictObject({
  /** The system that numbered the documents; with organisation and number it names each one for ever. */
  system: z.string().min(1).max(64),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Rows that share this column are the lines of one document. */
  document: z.strictObject({ number: z.string().min(1) }),
  /** Its part must read YYYY-MM-DD: a day of the organisation. The first row of a document counts. */
  date: part,
  line: z.strictObject({
    item: z.string().min(1).optional(),
    description: z.string().min(1).optional(),
    quantity: z.string().min(1),
    unitPrice: z.string().min(1),
  }),
  /** Absent, or empty in a row: over the counter. `name` may hold `{number}` and `{Column}`. */
  customer: z
    .strictObject({ number: part, name: z.string().min(1), country: z.string().min(1).optional() })
    .optional(),
  /**
   * What a document is, by its number and the sign of its total; the first that fits. A sale is
   * positive, a credit note negative; a bad debt is a write-off when negative, a reversal when positive.
   */
  kinds: z
    .array(
      z.strictObject({
        number: pattern,
        total: z.enum(['positive', 'zero', 'negative']).optional(),
        kind: z.enum(['sale', 'credit_note', 'bad_debt', 'skip']),
        reason: z.string().min(1).optional(),
      }),
    )
    .min(1),
  /** How documents without a customer are paid, and paid back. */
  overTheCounter: z.strictObject({ paymentMethod }),
  /** The user whose sales these are; absent: whoever imports. */
  agent: z.string().min(1).max(64).optional(),
})

export type Mapping = z.output<typeof mappingSchema>
export type MappedPart = z.output<typeof part>

/** @throws CommandLineError when the file cannot be read or breaks a rule, naming the field. */
export async function readMapping(path: string): Promise<Mapping> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new CommandLineError('usage', `Cannot read the mapping ${path}: ${String(cause)}`)
  }
  const parsed = mappingSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((i) => `  ${i.path.join('.') || '(file)'}: ${i.message}`)
  throw new CommandLineError('usage', `The mapping ${path} does not fit:\n${problems.join('\n')}`)
}

/** The columns a mapping needs in the file's header. */
export function columnsOf(mapping: Mapping): readonly string[] {
  const { document, date, line, customer } = mapping
  const optional = [line.item, line.description, customer?.number.column, customer?.country]
  const needed = [document.number, date.column, line.quantity, line.unitPrice, ...optional]
  return needed.filter((column) => column !== undefined)
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}
