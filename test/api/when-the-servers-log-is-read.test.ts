import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { eventually, owner, TestServer } from '#test/support/server.ts'

/** All that a server writes while it is asked all kinds of things, at its most talkative. */

const TOKEN = 'kVq3-owners-token-that-must-not-be-seen'
const UNKNOWN_TOKEN = 'w8Zr-token-that-nobody-has'
const caller = { ...owner, token: TOKEN }
const SENT = {
  name: 'Nomvula Dlamini',
  email: 'nomvula@mail.example',
  phone: '+27821234567',
  note: 'rings from 0829876543',
  key: 'idempotency-key-of-nomvula',
  search: 'Bheki-Cele',
  path: 'Zanele-Mbeki',
}
const SECRETS = [
  ...Object.values(SENT),
  TOKEN,
  UNKNOWN_TOKEN,
  'Nomvula',
  '27821234567',
  '0829876543',
  'Authorization',
]

t.setTimeout(600_000)
const server = new TestServer({
  LOG_LEVEL: 'trace',
  DAYBOOK_TOKENS: JSON.stringify([caller]),
  DAYBOOK_REQUEST_TIMEOUT_MS: '1000',
})
t.teardown(() => server.remove())
await server.start()

/** What a server answers to a text that may be no request at all. */
async function answerTo(text: string): Promise<string> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  let heard = ''
  socket.on('data', (chunk: string) => (heard += chunk)).on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(text)
  await closed
  return heard
}

const AUTHORIZED = `Authorization: Bearer ${TOKEN}\r\nIdempotency-Key: ${SENT.key}\r\n`

t.test('what is no request gets a problem document, and its connection ends', async (t) => {
  const parsed = (answer: string): unknown => JSON.parse(answer.split('\r\n\r\n')[1] ?? '')
  const broken = await answerTo(`GET ${SENT.path} HTTP/9.9\r\n${AUTHORIZED}\r\n`)
  t.match(broken, /^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/)
  t.match(parsed(broken), { code: 'REQUEST_MALFORMED', status: 400, requestId: /^[0-9a-f-]{36}$/ })
  const long = `X-Name: ${SENT.name.repeat(2000)}\r\n`
  const large = await answerTo(`GET / HTTP/1.1\r\nHost: x\r\n${AUTHORIZED}${long}\r\n`)
  t.match(parsed(large), { code: 'HEADERS_TOO_LARGE', status: 431 })
  const slow = await answerTo(
    `POST /api/crm/customers HTTP/1.1\r\nHost: x\r\n${AUTHORIZED}Content-Type: application/json\r\nContent-Length: 999\r\n\r\n{"name": "${SENT.name}`,
  )
  t.match(slow, /^HTTP\/1\.1 408 /)
  t.match(parsed(slow), { code: 'REQUEST_TIMED_OUT', status: 408 })
  t.notMatch(
    broken + large + slow,
    new RegExp(SECRETS.slice(0, -1).join('|').replaceAll('+', '\\+')),
  )
})

t.test('its log says what was asked and answered, and nothing secret or personal', async (t) => {
  const { key, path, search, ...customer } = SENT
  const customers = '/api/crm/customers'
  const post = (body: unknown, at = customers) => server.call('POST', at, { body, key, caller })
  const answers = [
    await post({ ...customer }),
    await post({ ...customer }),
    await post({ name: search }),
    await post({ name: customer.name, budget: customer.name }),
    await post({ [customer.name]: customer.phone }),
    await post(`{"name": ${customer.name}}`),
    await post({ name: customer.name.repeat(100_000) }),
    await post({ saleAmount: customer.name, customerId: customer.name }, '/api/finance/sales'),
    await post(
      { commands: [{ method: 'POST', path: customers, idempotencyKey: key, body: customer }] },
      '/api/bulk',
    ),
    await server.get(`${customers}?search=${search}`, caller),
    await server.get(`${customers}/${path}?${search}`, caller),
    await server.get(`/no/such/${path}?name=${search}`, caller),
    await server.get(`${customers}/%zz${path}`, caller),
    await server.get(`/api/refusals?key=${key}`, caller),
    await server.get(customers, { ...caller, token: UNKNOWN_TOKEN }),
  ]
  t.same(
    [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b),
    [200, 201, 400, 401, 404, 413, 422],
  )
  const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? 'none')
  await eventually('every answer is in the log', async () =>
    ids.every((id) => server.output.includes(id)),
  )
  t.equal(await server.stop(), 0)
  for (const secret of SECRETS) t.notOk(server.output.includes(secret), secret)
  const told = server.output
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  t.ok(told.some((line) => line.route === '/api/crm/customers' && line.status === 201))
})
