import t from 'tap'
import { DatabaseUnavailable } from '#adapters/database/errors.ts'
import { httpStatus, type MessageCode, type ProblemCode } from '#api/errors.ts'
import { acceptedLanguage, languages } from '#api/languages.ts'
import { ar } from '#api/messages/ar.ts'
import { en } from '#api/messages/en.ts'
import { fa } from '#api/messages/fa.ts'
import { messageOf, titleOf } from '#api/messages/index.ts'
import type { AskedParts } from '#api/field-asked.ts'
import { problemOf, refusalOf } from '#api/problem.ts'
import { Rejection } from '#domain/rejection.ts'
import { rejectionCodes } from '#domain/rejection-codes.ts'
import { InvalidAppend, LogUnavailable } from '#log/errors.ts'

const codes = Object.keys(en.details) as MessageCode[]
const placeholders = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''))].toSorted()

t.test('every code says the same facts in every language', async (t) => {
  for (const code of codes) {
    const expected = placeholders(en.details[code])
    t.same(placeholders(ar.details[code]), expected, `${code} in Arabic`)
    t.same(placeholders(fa.details[code]), expected, `${code} in Persian`)
  }
})

t.test('a message of the domain names only facts that its refusal carries', async (t) => {
  // What the API itself adds, or knows of its own codes that the domain lists too.
  const added = ['field', 'requestId', 'position', 'permission', 'text', 'limit']
  for (const [code, facts] of Object.entries(rejectionCodes)) {
    const known: readonly string[] = [...facts, ...added]
    const named = placeholders(en.details[code as ProblemCode])
    t.same(
      named.filter((name) => !known.includes(name)),
      [],
      code,
    )
  }
})

t.test('languages differ, and every status has a title', async (t) => {
  for (const code of codes) {
    t.match(ar.details[code], /[\u0600-\u06ff]/, code)
    t.match(fa.details[code], /[\u0600-\u06ff]/, code)
    t.not(ar.details[code], fa.details[code], code)
  }
  for (const status of new Set(Object.values(httpStatus))) {
    for (const language of languages) t.not(titleOf(language, status), String(status))
  }
})

t.test('facts stand apart in languages that run from right to left', async (t) => {
  t.equal(messageOf('en', 'TIER_IN_USE', { tier: 'gold' }).includes('tier gold is'), true)
  t.match(messageOf('ar', 'TIER_IN_USE', { tier: 'gold' }), '\u2068gold\u2069')
  t.match(messageOf('en', 'TYPE_WRONG', { field: '', expected: 'object' }), /^the request has/)
})

t.test('the language is the first of ours that is accepted', async (t) => {
  const chosen = (header: string) => acceptedLanguage({ 'accept-language': header })
  t.equal(chosen('ar'), 'ar')
  t.equal(chosen('fa-IR,en;q=0.5'), 'fa')
  t.equal(chosen('en;q=0.4, ar-SA;q=0.9'), 'ar')
  t.equal(chosen('de, fr'), undefined)
  t.equal(chosen('*'), undefined)
  t.equal(chosen('fa;q=0, en'), 'en')
  t.equal(acceptedLanguage({}), undefined)
})

t.test('what is thrown becomes a problem', async (t) => {
  t.match(refusalOf(new Rejection('AMOUNT_ZERO', {}, 'lines.3.quantity')), {
    code: 'AMOUNT_ZERO',
    fields: [{ in: 'body', pointer: '/lines/3/quantity', code: 'AMOUNT_ZERO' }],
  })
  t.match(refusalOf(new LogUnavailable('gone', { retryAfterSeconds: 3 })), {
    code: 'LOG_UNAVAILABLE',
    retryAfterSeconds: 3,
  })
  t.match(refusalOf(new DatabaseUnavailable('gone')), { code: 'DATABASE_UNAVAILABLE' })
  t.match(refusalOf(new InvalidAppend('APPEND_TOO_LARGE', 'x')), { code: 'DOCUMENT_TOO_LARGE' })
  t.match(refusalOf(new Error('secret of the stack')), { code: 'INTERNAL_ERROR', facts: {} })
  t.match(refusalOf('thrown text'), { code: 'INTERNAL_ERROR' })
})

t.test('a field is named where the caller finds it', async (t) => {
  const unknown = new Rejection('CUSTOMER_UNKNOWN', { customerId: 'c-1' }, 'customerId')
  const found = (asked: AskedParts) => refusalOf(unknown, asked).fields[0]
  const named = { code: 'CUSTOMER_UNKNOWN', facts: { customerId: 'c-1' } }
  const inBody = { ...named, in: 'body', pointer: '/customerId' }
  t.match(found({ params: { id: 'w-1' }, body: { customerId: 'c-1' } }), inBody)
  t.match(found({ params: { id: 'c-1' }, body: { name: 'c-1' } }), {
    ...named,
    in: 'path',
    pointer: '/id',
    facts: { field: 'id' },
  })
  t.match(found({ params: { customerId: 'other' } }), { in: 'path', pointer: '/customerId' })
  t.match(found({ params: {}, query: { customerId: 'c-1' } }), {
    in: 'query',
    pointer: '/customerId',
  })
  t.match(found({ body: { customerIds: ['c-0', 'c-1'] } }), {
    in: 'body',
    pointer: '/customerIds/1',
  })
  t.match(found({ params: { id: 's-1' }, body: {} }), inBody, 'it is missing in the body')
})

t.test('a problem is one of RFC 9457 with code, request and pointers', async (t) => {
  const refusal = refusalOf(
    new Rejection('AMOUNT_ABOVE_OWED', { owed: '12.50', currency: 'SAR' }, 'amount'),
  )
  const problem = problemOf(refusal, { language: 'en', requestId: 'r1', instance: '/api/x' })
  t.same(problem, {
    type: '/api/problems/AMOUNT_ABOVE_OWED',
    title: 'Refused by a rule',
    status: 422,
    detail: 'amount is more than what is owed, 12.50 SAR. Send at most that.',
    instance: '/api/x',
    success: false,
    code: 'AMOUNT_ABOVE_OWED',
    requestId: 'r1',
    errors: [
      {
        in: 'body',
        pointer: '/amount',
        code: 'AMOUNT_ABOVE_OWED',
        message: 'amount is more than what is owed, 12.50 SAR. Send at most that.',
      },
    ],
  })
})
