import t from 'tap'
import { type ApiAnswer, auditor, operator, type TestApi, testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

/** What bad input gets: a problem that names field, rule and remedy; never a 500; nothing half stored. */

interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly requestId: string
  readonly errors: readonly { readonly pointer: string; readonly code: string }[]
}
const problem = (answer: ApiAnswer): Problem => answer.body as Problem

/** `400 REQUEST_INVALID /saleAmount FIELD_REQUIRED`: status, code, and each field with its code. */
function summary(answer: ApiAnswer): string {
  const { status, code, errors } = problem(answer)
  const fields = errors.map((error) => `${error.pointer} ${error.code}`)
  return [`${status} ${code}`, ...fields].join(', ')
}

const api = await testApi(t, { DAYBOOK_BODY_BYTES: '20000' })
const settings = { baseCurrency: 'SAR', timeZone: 'Asia/Riyadh' }
await api.call('PATCH', '/api/settings', { body: settings })
const customerId = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
const eventsAtStart = await countOf(api)

async function countOf({ daybook }: TestApi): Promise<number> {
  let count = 0
  for await (const page of daybook.log.readAll()) count += page.length
  return count
}

const sale = (body: object) => ({ customerId, ...body })
const line = { quantity: '1', unitPrice: '1.00' }
const cases: readonly (readonly [path: string, body: unknown, expected: string])[] = [
  ['/api/finance/sales', '{"saleAmount": 1', '400 BODY_NOT_JSON'],
  ['/api/finance/sales', '{"saleAmount": 1, "__proto__": {}}', '400 BODY_KEY_FORBIDDEN'],
  ['/api/finance/sales', '['.repeat(10_000), '400 BODY_TOO_DEEP'],
  ['/api/finance/sales', '[]', '400 REQUEST_INVALID,  TYPE_WRONG'],
  [
    '/api/finance/sales',
    sale({ saleAmount: 1, surprise: 1 }),
    '400 REQUEST_INVALID, /surprise FIELD_UNKNOWN',
  ],
  [
    '/api/finance/sales',
    `{"customerId": "${customerId}", "saleAmount": 5e5}`,
    '400 REQUEST_INVALID, /saleAmount NUMBER_NOT_EXACT',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 10.005 }),
    '422 AMOUNT_TOO_MANY_DECIMALS, /saleAmount AMOUNT_TOO_MANY_DECIMALS',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: '1e400' }),
    '400 REQUEST_INVALID, /saleAmount MONEY_INVALID',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: -5 }),
    '422 AMOUNT_NEGATIVE, /saleAmount AMOUNT_NEGATIVE',
  ],
  ['/api/finance/sales', sale({ saleAmount: 0 }), '422 AMOUNT_ZERO, /saleAmount AMOUNT_ZERO'],
  [
    '/api/finance/sales',
    sale({ saleAmount: '9'.repeat(18) }),
    '422 AMOUNT_OUT_OF_RANGE, /saleAmount AMOUNT_OUT_OF_RANGE',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: { amount: '1', currency: 'XAU' } }),
    '422 CURRENCY_UNKNOWN, /saleAmount CURRENCY_UNKNOWN',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: { amount: '1', currency: 'USD' }, currency: 'SAR' }),
    '422 CURRENCY_MISMATCH, /saleAmount CURRENCY_MISMATCH',
  ],
  [
    '/api/finance/sales',
    sale({
      saleAmount: 10,
      paymentMethod: 'cash',
      paymentAmount: { amount: '10', currency: 'USD' },
    }),
    '422 CURRENCY_MISMATCH, /paymentAmount CURRENCY_MISMATCH',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 10, paymentMethod: 'barter' }),
    '400 REQUEST_INVALID, /paymentMethod VALUE_NOT_ALLOWED',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 10, occurredOn: '2026-02-30' }),
    '400 REQUEST_INVALID, /occurredOn DATE_INVALID',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 10, occurredOn: '0000-01-01' }),
    '400 REQUEST_INVALID, /occurredOn DATE_INVALID',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 10, occurredOn: '2999-01-01' }),
    '422 DATE_IN_FUTURE, /occurredOn DATE_IN_FUTURE',
  ],
  ['/api/finance/sales', sale({}), '422 DOCUMENT_EMPTY, /saleAmount DOCUMENT_EMPTY'],
  [
    '/api/finance/sales',
    sale({ saleAmount: 1, lines: [line] }),
    '422 DOCUMENT_AMOUNT_AND_LINES, /saleAmount DOCUMENT_AMOUNT_AND_LINES',
  ],
  [
    '/api/finance/sales',
    sale({ lines: [{ ...line, quantity: '1.1234567890123' }] }),
    '400 REQUEST_INVALID, /lines/0/quantity DECIMAL_INVALID',
  ],
  [
    '/api/finance/sales',
    sale({ lines: [line, { ...line, quantity: -5 }] }),
    '422 AMOUNT_NEGATIVE, /lines/1/quantity AMOUNT_NEGATIVE',
  ],
  [
    '/api/finance/sales',
    sale({ lines: [{ ...line, unitPrice: 0 }] }),
    '422 AMOUNT_ZERO, /lines/0/unitPrice AMOUNT_ZERO',
  ],
  [
    '/api/finance/sales',
    sale({ lines: [{ ...line, taxCode: 'vat' }] }),
    '422 TAX_CODE_UNKNOWN, /lines/0/taxCode TAX_CODE_UNKNOWN',
  ],
  [
    '/api/finance/sales',
    sale({ lines: [line], taxCode: 'vat', taxRates: { vat: '101' } }),
    '422 RATE_INVALID, /taxRates/vat RATE_INVALID',
  ],
  [
    '/api/finance/sales',
    { saleAmount: 10 },
    '422 PAYMENT_REQUIRED, /paymentMethod PAYMENT_REQUIRED',
  ],
  [
    '/api/finance/sales',
    { saleAmount: 10, paymentMethod: 'cash', paymentAmount: 5 },
    '422 PAYMENT_REQUIRED, /paymentAmount PAYMENT_REQUIRED',
  ],
  [
    '/api/finance/sales',
    { saleAmount: 10, paymentMethod: 'cash', paymentAmount: 50 },
    '422 AMOUNT_ABOVE_OWED, /paymentAmount AMOUNT_ABOVE_OWED',
  ],
  [
    '/api/finance/sales',
    { customerId: 'nobody', saleAmount: 10 },
    '404 CUSTOMER_UNKNOWN, /customerId CUSTOMER_UNKNOWN',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 1, location: 'a\u0000b' }),
    '400 REQUEST_INVALID, /location TEXT_UNSTORABLE',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 1, location: '\ud800' }),
    '400 REQUEST_INVALID, /location TEXT_UNSTORABLE',
  ],
  [
    '/api/finance/sales',
    sale({ saleAmount: 1, location: 'x'.repeat(201) }),
    '400 REQUEST_INVALID, /location TEXT_TOO_LONG',
  ],
  ['/api/finance/sales', { location: 'x'.repeat(30_000) }, '413 BODY_TOO_LARGE'],
  ['/api/finance/sales/nothing/payments', { method: 'cash' }, '404 SALE_UNKNOWN'],
  ['/api/finance/sales/nothing/cancellation', {}, '404 SALE_UNKNOWN'],
  ['/api/finance/bad-debts/nothing/recoveries', { method: 'cash' }, '404 BAD_DEBT_UNKNOWN'],
  [
    '/api/finance/credit-notes',
    { amount: 10 },
    '422 REFUND_METHOD_REQUIRED, /refundMethod REFUND_METHOD_REQUIRED',
  ],
  [
    '/api/finance/credit-notes',
    { amount: 10, saleId: 'nothing' },
    '404 SALE_UNKNOWN, /saleId SALE_UNKNOWN',
  ],
  ['/api/crm/customers', {}, '400 REQUEST_INVALID, /name FIELD_REQUIRED'],
  ['/api/crm/customers', { name: ' ' }, '400 REQUEST_INVALID, /name TEXT_TOO_SHORT'],
  ['/api/crm/customers', { name: 5 }, '400 REQUEST_INVALID, /name TYPE_WRONG'],
  [
    '/api/crm/customers',
    { name: 'A', email: 'nowhere' },
    '400 REQUEST_INVALID, /email EMAIL_INVALID',
  ],
  [
    '/api/crm/customers',
    { name: 'A', paymentTermsDays: 1.5 },
    '400 REQUEST_INVALID, /paymentTermsDays NUMBER_NOT_WHOLE',
  ],
  [
    '/api/crm/customers',
    { name: 'A', paymentTermsDays: 4000 },
    '400 REQUEST_INVALID, /paymentTermsDays NUMBER_TOO_LARGE',
  ],
  [
    '/api/crm/customers',
    { name: 'A', status: 'friend' },
    '400 REQUEST_INVALID, /status VALUE_NOT_ALLOWED',
  ],
]

t.test('bad bodies are refused by name', async (t) => {
  for (const [path, body, expected] of cases) {
    const answer = await api.call('POST', path, { body })
    const name = typeof body === 'string' ? body.slice(0, 60) : JSON.stringify(body).slice(0, 90)
    t.equal(summary(answer), expected, `${path} ${name}`)
    t.notMatch(problem(answer).detail, /\{\w+\}|\?/, 'every fact of the message is filled in')
  }
  t.equal(await countOf(api), eventsAtStart, 'nothing of it was stored')
})

t.test('how a field is written is told by an example, which is accepted', async (t) => {
  const wrong: readonly (readonly [path: string, field: string, sent: string])[] = [
    ['/api/settings', 'callingCode', '+49'],
    ['/api/settings', 'baseCurrency', 'sar'],
  ]
  for (const [path, field, sent] of wrong) {
    const answer = await api.call('PATCH', path, { body: { [field]: sent } })
    const message = String(dig(answer, 'errors', 0, 'message'))
    const [, example = ''] = /: (\S+)\.$/.exec(message) ?? []
    t.match(answer, { status: 400, body: { errors: [{ code: 'FORMAT_WRONG' }] } }, message)
    const again = await api.call('PATCH', path, { body: { [field]: example } })
    t.equal(again.status, 200, `${field}: ${example}`)
  }
})

t.test('what is wrong with the address is told of the address', async (t) => {
  const asked: readonly (readonly ['PATCH' | 'DELETE' | 'POST', path: string, body: object])[] = [
    ['PATCH', '/api/crm/customers/nobody', { name: 'A' }],
    ['DELETE', '/api/members/nobody', {}],
    ['POST', '/api/finance/sales/nothing/payments', { method: 'cash', amount: 1 }],
  ]
  for (const [method, path, body] of asked) {
    const alone = await api.call(method, path, { body })
    t.match(alone, { status: 404, body: { errors: [{ in: 'path', pointer: '/id' }] } }, path)
    const commands = [{ method, path, idempotencyKey: path, body }]
    const [outcome] = dig(await api.call('POST', '/api/bulk', { body: { commands } }), 'data') as [
      { body: unknown },
    ]
    t.match(outcome.body, { errors: [{ in: 'path', pointer: '/id' }] }, `${path} in a bulk`)
  }
})

const queries: readonly (readonly [path: string, expected: string])[] = [
  ['/api/finance/sales?limit=0', '400 REQUEST_INVALID, /limit NUMBER_TOO_SMALL'],
  ['/api/finance/sales?limit=501', '400 REQUEST_INVALID, /limit NUMBER_TOO_LARGE'],
  ['/api/finance/sales?limit=ten', '400 REQUEST_INVALID, /limit NUMBER_NOT_WHOLE'],
  ['/api/finance/sales?limit=1&limit=2', '400 REQUEST_INVALID, /limit FIELD_REPEATED'],
  ['/api/finance/sales?owing=true&owing=false', '400 REQUEST_INVALID, /owing FIELD_REPEATED'],
  ['/api/events?currency=usd', '400 REQUEST_INVALID, /currency FORMAT_WRONG'],
  ['/api/finance/sales?colour=red', '400 REQUEST_INVALID, /colour FIELD_UNKNOWN'],
  ['/api/finance/sales?from=2026-13-01', '400 REQUEST_INVALID, /from DATE_INVALID'],
  ['/api/finance/sales?owing=maybe', '400 REQUEST_INVALID, /owing VALUE_NOT_ALLOWED'],
  ['/api/finance/sales?search=%00', '400 REQUEST_INVALID, /search TEXT_UNSTORABLE'],
  ['/api/finance/sales?search=%E0%A4%A', '200 undefined'],
  ['/api/finance/sales?cursor=made-up', '400 CURSOR_INVALID, /cursor CURSOR_INVALID'],
  [
    `/api/finance/sales?cursor=${cursor(['2026-02-30', '1'])}`,
    '400 CURSOR_INVALID, /cursor CURSOR_INVALID',
  ],
  [
    `/api/crm/customers?cursor=${cursor(['9'.repeat(30)])}`,
    '400 CURSOR_INVALID, /cursor CURSOR_INVALID',
  ],
  [
    `/api/streams/customer-main.${customerId}?cursor=${cursor(['9'.repeat(15)])}`,
    '400 CURSOR_INVALID, /cursor CURSOR_INVALID',
  ],
  ['/api/crm/customers?min_position=soon', '400 POSITION_INVALID, /min_position POSITION_INVALID'],
  ['/api/crm/customers/nobody', '404 CUSTOMER_UNKNOWN'],
  ['/api/crm/customers/%ff', '400 REQUEST_MALFORMED'],
  [`/api/crm/customers/${'x'.repeat(500)}`, '400 REQUEST_MALFORMED'],
  ['/api/finance/sales/nothing', '404 SALE_UNKNOWN'],
  ['/api/finance/credit-notes/nothing', '404 CREDIT_NOTE_UNKNOWN'],
  ['/api/finance/bad-debts/nothing', '404 BAD_DEBT_UNKNOWN'],
  ['/api/finance/customer-credits/nobody', '404 CUSTOMER_UNKNOWN'],
  ['/api/ledger/entries/999', '404 ENTRY_UNKNOWN'],
  ['/api/ledger/entries/one', '404 ENTRY_UNKNOWN'],
  ['/api/ledger/accounts/7777/register', '404 ACCOUNT_UNKNOWN'],
  ['/api/ledger/trial-balance?as_of=yesterday', '400 REQUEST_INVALID, /as_of DATE_INVALID'],
  [
    '/api/ledger/trial-balance?known_at=2026-01-01',
    '400 REQUEST_INVALID, /known_at KNOWN_AT_INVALID',
  ],
  // In UTC it is a day of the year 0.
  [
    '/api/ledger/trial-balance?known_at=0001-01-01T00:00:00%2B05:00',
    '400 REQUEST_INVALID, /known_at KNOWN_AT_INVALID',
  ],
  ['/api/events?from=9999-12-31T23:00:00-05:00', '400 REQUEST_INVALID, /from INSTANT_INVALID'],
  ['/api/events/nothing', '404 EVENT_UNKNOWN'],
  ['/api/events?type=SaleForgotten', '400 REQUEST_INVALID, /type/0 VALUE_NOT_ALLOWED'],
  ['/api/events?from=2026-01-01T00:00', '400 REQUEST_INVALID, /from INSTANT_INVALID'],
  ['/api/streams/sale-main.nothing', '404 STREAM_UNKNOWN'],
  ['/api/streams/%20sale-main.x', '404 STREAM_UNKNOWN'],
  ['/api/streams/nonsense', '404 STREAM_UNKNOWN'],
  ['/api/projections/nothing', '404 PROJECTION_UNKNOWN'],
  ['/api/nothing', '404 ROUTE_UNKNOWN'],
  ['/api/problems/NOTHING', '400 REQUEST_INVALID, /code VALUE_NOT_ALLOWED'],
]

function cursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

t.test('bad queries and unknown ids are refused by name', async (t) => {
  for (const [path, expected] of queries) {
    const answer = await api.get(path)
    const said = answer.status === 200 ? '200 undefined' : summary(answer)
    t.equal(said, expected, path.slice(0, 100))
  }
})

t.test('the first and the last day that there are may be asked for everywhere', async (t) => {
  const field = '/api/explain/analytics/snapshots/totalCustomers?user=x&compare=true'
  for (const path of [
    `${field}&from=0001-01-01&to=2026-11-22`,
    `${field}&to=0001-01-01`,
    `${field}&from=0001-01-02&to=9999-12-31`,
    '/api/analytics/snapshots?to=0001-01-01',
    '/api/analytics/snapshots?user=x&from=0001-01-01&to=0001-01-02',
    '/api/analytics/snapshots?user=x&to=9999-12-31',
    '/api/finance/stats?from=0001-01-01&to=9999-12-31',
    '/api/explain/finance/stats/totalSales?currency=SAR&from=0001-01-01&to=9999-12-31',
    '/api/ledger/entries?from=0001-01-01&to=9999-12-31',
    '/api/ledger/trial-balance?as_of=0001-01-01',
    '/api/ledger/trial-balance?known_at=0001-01-01T00:00:00Z',
    '/api/events?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z',
    '/api/accesses?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z',
    '/api/explain/accounts/cash/balance?currency=SAR&period=9999-12&as_of=9999-12-31',
    '/api/explain/accounts/cash/balance?currency=SAR&period=0001-01&as_of=0001-01-01',
  ]) {
    t.equal((await api.get(path)).status, 200, path)
  }
})

t.test('what is no JSON is said to be none', async (t) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const sent = { body: 'a=1', headers: form }
  t.equal(
    summary(await api.call('POST', '/api/crm/customers', sent)),
    '415 MEDIA_TYPE_NOT_SUPPORTED',
  )
  t.equal(
    summary(await api.call('POST', '/api/crm/customers')),
    '400 REQUEST_INVALID, /name FIELD_REQUIRED',
    'no body at all is an empty one',
  )
})

t.test('several wrong fields are told at once', async (t) => {
  const body = { phone: '', email: 'x', status: 'friend', extra: 1 }
  const { errors } = problem(await api.call('POST', '/api/crm/customers', { body }))
  t.same(errors.map(({ pointer }) => pointer).toSorted(), [
    '/email',
    '/extra',
    '/name',
    '/phone',
    '/status',
  ])
})

t.test('problems are told in the language of the caller, else of the organisation', async (t) => {
  const ask = (language?: string) =>
    api.get('/api/finance/sales/nothing', {
      headers: language === undefined ? {} : { 'accept-language': language },
    })
  t.match(problem(await ask('en')).detail, 'There is no sale nothing')
  t.match(problem(await ask('ar')).detail, 'لا يوجد بيع')
  t.match(problem(await ask('fa-IR, en;q=0.5')).detail, 'فروش')
  t.match(problem(await ask()).detail, 'There is no sale')
  await api.call('PATCH', '/api/settings', { body: { language: 'fa' } })
  t.match(problem(await ask()).detail, 'وجود ندارد')
  const unknown = await api.call('GET', '/api/finance/sales', {
    headers: { authorization: 'Bearer unknown', 'accept-language': 'ar' },
  })
  t.match(problem(unknown).detail, 'رمز الدخول')
  await api.call('PATCH', '/api/settings', { body: { language: 'en' } })
})

t.test(
  'a problem has the id under which it stands in our logs, and a type that explains it',
  async (t) => {
    const answer = await api.get('/api/finance/sales/nothing')
    t.equal(answer.headers['x-request-id'], problem(answer).requestId)
    t.equal(answer.headers['content-type'], 'application/problem+json')
    const explained = await api.get(pick(answer, 'type'))
    t.match(explained.body, { data: { code: 'SALE_UNKNOWN', status: 404 } })
  },
)

t.test('who may only read cannot write, and only the owner sets how it is done', async (t) => {
  const may = async (...[method, path, caller]: Parameters<TestApi['call']>) => {
    const answer = await api.call(method, path, { body: {}, ...caller })
    return answer.status === 403 ? String(dig(answer, 'code')) : 'allowed'
  }
  t.equal(await may('POST', '/api/crm/customers', { caller: auditor }), 'FORBIDDEN')
  t.equal(await may('POST', '/api/projections/ledger/stop', { caller: auditor }), 'FORBIDDEN')
  t.equal(await may('PATCH', '/api/settings', { caller: operator }), 'FORBIDDEN')
  t.equal(await may('POST', '/api/crm/customers', { caller: operator }), 'allowed')
  t.equal((await api.get('/api/finance/sales', { caller: auditor })).status, 200)
})
