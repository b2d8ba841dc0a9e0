import { isLocalDate } from '#domain/dates.ts'
import type { DocumentLine } from '#domain/finance/documents.ts'
import { Exact, type ExactDecimal, plain } from '#domain/money/exact.ts'
import { cell, patternOf, type SourceDocument, type SourceRow, textOf } from './documents.ts'
import type { MappedPart, Mapping } from './mapping.ts'

/** A customer as the file knows one. */
export interface ImportedCustomer {
  readonly number: string
  readonly name: string
  readonly country: string | undefined
}

/** Why a document is not imported, and where in the file to look. */
export interface Refusal {
  readonly row: number
  readonly column: string
  readonly reason: string
}

interface Document {
  readonly number: string
  /** Row of the file on which the document begins. */
  readonly row: number
  readonly customer: ImportedCustomer | undefined
  readonly occurredOn: string
  /** Positive for every kind: a credit note's lines are turned round. */
  readonly lines: readonly DocumentLine[]
  /** Exact sum of the lines, in major units. */
  readonly total: string
}

/** What a document of the file means to Daybook. */
export type Translated =
  | (Document & { readonly kind: 'sale' | 'credit_note' | 'write_off' | 'write_off_reversal' })
  | { readonly kind: 'skipped'; readonly number: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly number: string; readonly refusals: readonly Refusal[] }

/** Decides by the mapping what a document is, and reads its parts; what cannot be read is named. */
export function translate(document: SourceDocument, mapping: Mapping): Translated {
  const refusals: Refusal[] = []
  const first = document.rows[0] as SourceRow
  const lines = document.rows.map((row) => readLine(row, mapping, refusals))
  if (document.number === '') {
    refusals.push({ row: first.row, column: mapping.document.number, reason: 'is empty' })
  }
  if (document.reopened) {
    const reason = `the rows of ${document.number} stand too far apart`
    refusals.push({ row: first.row, column: mapping.document.number, reason })
  }
  const occurredOn = readDay(first, mapping.date, refusals)
  if (refusals.length > 0) return { kind: 'refused', number: document.number, refusals }

  const total = lines.reduce((sum, line) => sum.plus(amountOf(line)), new Exact('0'))
  const sign = total.s === -1 ? 'negative' : total.eq(new Exact('0')) ? 'zero' : 'positive'
  const rule = mapping.kinds.find(
    (kind) =>
      patternOf(kind.number).test(document.number) &&
      (kind.total === undefined || kind.total === sign),
  )
  const number = document.number
  if (rule?.kind === 'skip') return { kind: 'skipped', number, reason: rule.reason ?? 'by mapping' }
  const meant = rule === undefined ? undefined : kindOf(rule.kind, sign)
  if (meant === undefined) {
    const reason =
      rule === undefined ? 'no kind of the mapping fits' : `a ${rule.kind} cannot be ${sign}`
    return {
      kind: 'refused',
      number,
      refusals: [
        {
          row: first.row,
          column: mapping.document.number,
          reason: `${reason}: total ${plain(total)}`,
        },
      ],
    }
  }
  const turned = meant.negate ? lines.map(negate) : lines
  return {
    kind: meant.kind,
    number,
    row: first.row,
    customer: readCustomer(first, mapping),
    occurredOn,
    lines: turned,
    total: plain(meant.negate ? total.neg() : total),
  }
}

function kindOf(kind: 'sale' | 'credit_note' | 'bad_debt', sign: 'positive' | 'zero' | 'negative') {
  if (kind === 'sale' && sign === 'positive') return { kind: 'sale', negate: false } as const
  if (kind === 'credit_note' && sign === 'negative') return { kind, negate: true } as const
  if (kind !== 'bad_debt' || sign === 'zero') return undefined
  return sign === 'negative'
    ? ({ kind: 'write_off', negate: true } as const)
    : ({ kind: 'write_off_reversal', negate: false } as const)
}

function amountOf(line: DocumentLine): ExactDecimal {
  return new Exact(line.quantity).times(new Exact(line.unitPrice))
}

function negate(line: DocumentLine): DocumentLine {
  return { ...line, quantity: plain(new Exact(line.quantity).neg()) }
}

function readLine(row: SourceRow, { line }: Mapping, refusals: Refusal[]): DocumentLine {
  const item = line.item === undefined ? '' : cell(row, line.item)
  const description = line.description === undefined ? '' : cell(row, line.description)
  return {
    ...(item === '' ? {} : { item }),
    ...(description === '' ? {} : { description }),
    quantity: readDecimal(row, line.quantity, refusals),
    unitPrice: readDecimal(row, line.unitPrice, refusals),
  }
}

function readDecimal(row: SourceRow, column: string, refusals: Refusal[]): string {
  const text = cell(row, column)
  if (/^-?\d{1,18}(\.\d{1,12})?$/.test(text)) return text
  refusals.push({ row: row.row, column, reason: `${JSON.stringify(text)} is no exact decimal` })
  return '0'
}

function readDay(row: SourceRow, part: MappedPart, refusals: Refusal[]): string {
  const day = textOf(row, part)
  if (day !== undefined && isLocalDate(day)) return day
  const reason = `${JSON.stringify(cell(row, part.column))} holds no day that exists`
  refusals.push({ row: row.row, column: part.column, reason })
  return ''
}

function readCustomer(row: SourceRow, { customer }: Mapping): ImportedCustomer | undefined {
  if (customer === undefined) return undefined
  const number = textOf(row, customer.number)
  if (number === undefined) return undefined
  const country = customer.country === undefined ? '' : cell(row, customer.country)
  const name = customer.name.replace(/\{([^}]+)\}/g, (_, column: string) =>
    column === 'number' ? number : cell(row, column),
  )
  return { number, name, country: country === '' ? undefined : country }
}
