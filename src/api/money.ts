import { z } from 'zod'
import { formatAmount, type Money, parseAmount } from '#domain/money/money.ts'
import { Rejection } from '#domain/rejection.ts'
import { numberText } from './json-body.ts'
import { fieldIssue } from './validation.ts'

/** An amount as it was sent: its digits, and its currency where one was named. */
export interface SentAmount {
  readonly digits: string
  /** Absent: the currency of the document, or the organisation's. */
  readonly currency: string | undefined
}

const DIGITS = /^-?\d+(\.\d+)?$/
const DECIMAL = /^-?\d{1,18}(\.\d{1,12})?$/

/**
 * Money in: `{"amount": "500000.00", "currency": "SAR"}`, a decimal text, or a JSON number whose digits
 * in the request's own text are exact. Decimals are counted when the currency is known.
 */
export const amountIn = z
  .unknown()
  .transform((value, context): SentAmount => {
    const sent = readAmount(value)
    if (!('code' in sent)) return sent
    context.addIssue(sent)
    return z.NEVER
  })
  .meta({
    description:
      'An amount of money: an object with currency, a decimal text, or a number whose digits are exact. Without a currency the document’s or the organisation’s is meant.',
    example: '125.00',
    anyOf: [
      {
        type: 'object',
        properties: {
          amount: { type: ['string', 'number'] },
          currency: { type: 'string', pattern: '^[A-Z]{3}$' },
        },
        required: ['amount', 'currency'],
        additionalProperties: false,
      },
      { type: 'string', pattern: DIGITS.source },
      { type: 'number' },
    ],
  })

/** An exact decimal in: quantities, unit prices, rates. The digits as they were sent. */
export const decimalIn = z
  .unknown()
  .transform((value, context): string => {
    const text = typeof value === 'string' ? value : numberText(value)
    if (text !== undefined && DECIMAL.test(text)) return text
    context.addIssue(
      value === undefined ? fieldIssue('FIELD_REQUIRED') : numberIssue(value, 'DECIMAL_INVALID'),
    )
    return z.NEVER
  })
  .meta({
    description: 'An exact decimal: a text, or a number whose digits are exact.',
    examples: ['2.5', 3],
    anyOf: [{ type: 'string', pattern: DECIMAL.source }, { type: 'number' }],
  })

/** Money out, always with all decimals of its currency. */
export const moneyOut = z
  .strictObject({ amount: z.string(), currency: z.string() })
  .meta({ id: 'Money', examples: [{ amount: '500000.00', currency: 'SAR' }] })
export type MoneyOut = z.output<typeof moneyOut>

/** Minor units as money out: "50000000" of SAR is 500000.00. */
export function money(amount: string | bigint, currency: string): MoneyOut {
  return { amount: formatAmount(amount, currency), currency }
}

/**
 * What was sent, in a currency that is settled.
 *
 * @throws Rejection naming `field`: CURRENCY_MISMATCH, CURRENCY_UNKNOWN, AMOUNT_*
 */
export function moneyOf(sent: SentAmount, currency: string, field: string): Money {
  if (sent.currency !== undefined && sent.currency !== currency) {
    const facts = { expected: currency, given: sent.currency }
    throw new Rejection('CURRENCY_MISMATCH', facts, field)
  }
  return { amount: parseAmount(sent.digits, currency, field), currency }
}

function readAmount(value: unknown): SentAmount | ReturnType<typeof fieldIssue> {
  if (value === undefined) return fieldIssue('FIELD_REQUIRED')
  const plain = typeof value !== 'object' || value === null || Array.isArray(value)
  if (plain || numberText(value) !== undefined) {
    return readDigits(value, undefined, [])
  }
  const { amount, currency, ...rest } = value as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) return fieldIssue('FIELD_UNKNOWN', {}, [unknown])
  if (currency === undefined) return fieldIssue('FIELD_REQUIRED', {}, ['currency'])
  if (typeof currency !== 'string') return fieldIssue('CURRENCY_UNKNOWN', {}, ['currency'])
  if (amount === undefined) return fieldIssue('FIELD_REQUIRED', {}, ['amount'])
  return readDigits(amount, currency, ['amount'])
}

function readDigits(value: unknown, currency: string | undefined, path: string[]) {
  const digits = typeof value === 'string' ? value : numberText(value)
  if (digits !== undefined && digits.length <= 64 && DIGITS.test(digits))
    return { digits, currency }
  return numberIssue(value, 'MONEY_INVALID', path)
}

/** A number is only ever wrong by its exponent. */
function numberIssue(
  value: unknown,
  otherwise: 'MONEY_INVALID' | 'DECIMAL_INVALID',
  path: string[] = [],
) {
  const text = numberText(value)
  if (text === undefined || !/e/i.test(text)) return fieldIssue(otherwise, {}, path)
  return fieldIssue('NUMBER_NOT_EXACT', { text: text.slice(0, 64) }, path)
}
