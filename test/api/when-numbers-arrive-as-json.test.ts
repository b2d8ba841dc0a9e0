import t from 'tap'
import { z } from 'zod'
import { ApiError } from '#api/errors.ts'
import { findUnstorableText, JsonNumber, numberText, parseJsonBody } from '#api/json-body.ts'
import { amountIn, decimalIn, moneyOf } from '#api/money.ts'
import { fieldErrors } from '#api/validation.ts'
import { Rejection } from '#domain/rejection.ts'

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text), 32)
const body = z.strictObject({ amount: amountIn })

/** What an amount in a request's text becomes in minor units, or the code and pointer of its refusal. */
function amount(text: string, currency = 'SAR'): string {
  const parsed = body.safeParse(parse(`{"amount": ${text}}`), { reportInput: true })
  if (!parsed.success) {
    return fieldErrors(parsed.error.issues, 'body')
      .map(({ code, pointer }) => `${code} ${pointer}`)
      .join(', ')
  }
  try {
    return String(
      moneyOf(parsed.data.amount, parsed.data.amount.currency ?? currency, 'amount').amount,
    )
  } catch (error) {
    if (error instanceof Rejection) return `${error.code} ${error.field}`
    throw error
  }
}

t.test('a number keeps the digits of the text', async (t) => {
  t.equal(numberText(parse('500000.00')), '500000.00')
  t.equal(numberText(parse('12345678901234567890.125')), '12345678901234567890.125')
  t.equal(numberText(parse('0.1')), '0.1')
  t.type(parse('0.1'), 'number', 'and stays a number where nothing is lost')
  t.type(parse('5e5'), JsonNumber)
  t.equal(numberText('5'), undefined)
})

t.test('money is exact in every way it may be written', async (t) => {
  t.equal(amount('500000'), '50000000')
  t.equal(amount('500000.00'), '50000000')
  t.equal(amount('0.1'), '10')
  t.equal(amount('"500000.5"'), '50000050')
  t.equal(amount('{"amount": "12.50", "currency": "SAR"}'), '1250')
  t.equal(amount('{"amount": 12.50, "currency": "KWD"}'), '12500')
  t.equal(amount('9007199254740993'), '900719925474099300', 'beyond what a double holds')
  t.equal(amount('500', 'JPY'), '500')
})

t.test('money that is not exact is refused by name', async (t) => {
  t.equal(amount('5e5'), 'NUMBER_NOT_EXACT /amount')
  t.equal(amount('1E2'), 'NUMBER_NOT_EXACT /amount')
  t.equal(amount('1e21'), 'NUMBER_NOT_EXACT /amount')
  t.equal(amount('{"amount": 1e3, "currency": "SAR"}'), 'NUMBER_NOT_EXACT /amount/amount')
  t.equal(amount('10.005'), 'AMOUNT_TOO_MANY_DECIMALS amount')
  t.equal(amount('10.000'), 'AMOUNT_TOO_MANY_DECIMALS amount', 'zeros are decimals too')
  t.equal(amount('10.5', 'JPY'), 'AMOUNT_TOO_MANY_DECIMALS amount')
  t.equal(amount('1000000000000000000'), 'AMOUNT_OUT_OF_RANGE amount')
  t.equal(amount('"1,000.00"'), 'MONEY_INVALID /amount')
  t.equal(amount('"٥٠٠"'), 'MONEY_INVALID /amount')
  t.equal(amount('"NaN"'), 'MONEY_INVALID /amount')
  t.equal(amount('true'), 'MONEY_INVALID /amount')
  t.equal(amount('null'), 'MONEY_INVALID /amount')
  t.equal(amount('[1]'), 'MONEY_INVALID /amount')
  t.equal(amount('{"amount": "1"}'), 'FIELD_REQUIRED /amount/currency')
  t.equal(amount('{"currency": "SAR"}'), 'FIELD_REQUIRED /amount/amount')
  t.equal(amount('{"amount": "1", "currency": "SAR", "x": 1}'), 'FIELD_UNKNOWN /amount/x')
  t.equal(amount('{"amount": "1", "currency": "XXX"}'), 'CURRENCY_UNKNOWN amount')
  t.equal(amount(`"${'9'.repeat(100)}"`), 'MONEY_INVALID /amount')
})

t.test('an amount that is missing is required, and may be optional', async (t) => {
  const issues = body.safeParse({}, { reportInput: true }).error?.issues ?? []
  t.match(fieldErrors(issues, 'body'), [{ code: 'FIELD_REQUIRED', pointer: '/amount' }])
  t.same(z.strictObject({ amount: amountIn.optional() }).parse({}), {})
})

t.test('decimals keep their digits', async (t) => {
  const quantity = z.strictObject({ quantity: decimalIn })
  t.same(quantity.parse(parse('{"quantity": 2.50}')), { quantity: '2.50' })
  t.same(quantity.parse(parse('{"quantity": "0.000000000001"}')), { quantity: '0.000000000001' })
  t.notOk(quantity.safeParse(parse('{"quantity": 1e2}')).success)
  t.notOk(quantity.safeParse(parse('{"quantity": "1.0000000000001"}')).success)
})

t.test('a body that is no JSON, too deep or holds a key of prototypes is refused', async (t) => {
  const code = (text: string | Buffer): string => {
    try {
      parseJsonBody(Buffer.from(text), 32)
      return 'accepted'
    } catch (error) {
      return error instanceof ApiError ? error.code : String(error)
    }
  }
  t.equal(code('{"a": 1,}'), 'BODY_NOT_JSON')
  t.equal(code('{"a": NaN}'), 'BODY_NOT_JSON')
  t.equal(code(Buffer.from([0x22, 0xff, 0x22])), 'BODY_NOT_JSON', 'text that is not UTF-8')
  t.equal(code('['.repeat(33) + ']'.repeat(33)), 'BODY_TOO_DEEP')
  t.equal(code('['.repeat(1_000_000)), 'BODY_TOO_DEEP', 'without running out of stack')
  t.equal(code(`"${'['.repeat(100)}\\"[["`), 'accepted', 'brackets inside a text do not count')
  t.equal(code('{"a": {"__proto__": {"x": 1}}}'), 'BODY_KEY_FORBIDDEN')
  t.equal(code('  '), 'accepted')
})

t.test('text that PostgreSQL cannot hold is found', async (t) => {
  t.equal(findUnstorableText(parse('{"a": ["x", "\\u0000"]}')), '/a/1')
  t.equal(findUnstorableText(parse('{"a/b": "\\ud800"}')), '/a~1b')
  t.equal(findUnstorableText(parse('{"\\u0000": 1}')), '/\0')
  t.equal(findUnstorableText(parse('{"a": "😀 أحمد", "n": 5e5}')), undefined)
})
