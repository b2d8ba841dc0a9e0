import t from 'tap'
import { testApi } from '#test/support/api.ts'

const ORIGIN = 'https://books.example'
const api = await testApi(t, { DAYBOOK_CORS_ORIGINS: `${ORIGIN}, http://localhost:5173` })
const closed = await testApi(t)

const preflight = (of: typeof api, origin: string) =>
  of.app.inject({
    method: 'OPTIONS',
    url: '/api/finance/sales',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  })

t.test('every answer tells browsers what they must not do with it', async (t) => {
  const answers = [
    await api.get('/api/settings'),
    await api.get('/no/such/page'),
    await api.get('/health'),
    await api.call('POST', '/api/finance/sales', { body: '{' }),
    await api.call('POST', '/api/crm/customers', { body: { name: 'Thandi' } }),
    await api.get('/api/settings', {
      caller: { token: 'unknown', organisation: '', actor: '', role: '' },
    }),
  ]
  t.same(
    answers.map(({ status }) => status),
    [200, 404, 200, 400, 201, 401],
  )
  for (const { headers } of answers) {
    t.match(headers, {
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': /^max-age=\d{8}/,
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
    t.match(headers['x-request-id'], /^[0-9a-f-]{36}$/)
    t.notOk(headers['x-powered-by'])
  }
})

t.test(
  'the page that describes the API may load all that it loads, and nothing else',
  async (t) => {
    const page = await api.get('/api/docs/')
    t.equal(page.status, 200)
    const policy = page.headers['content-security-policy'] ?? ''
    t.match(policy, /(^|;)script-src 'self'(;|$)/)
    const html = String(page.body)
    const loaded = [...html.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)]
    t.ok(loaded.length > 4)
    for (const [, address = ''] of loaded) {
      t.match(address, /^(\.|\/)/, 'of this server')
      const { pathname } = new URL(address, 'http://server/api/docs/')
      const part = await api.get(pathname)
      t.equal(part.status, 200, pathname)
      t.equal(part.headers['content-security-policy'], policy)
    }
    t.notMatch(html, /<script[^>]*>\s*[^<\s]/, 'no script within the page')
    t.notMatch(html, /\son\w+=/, 'nor in its attributes')
  },
)

t.test('pages of an origin that is named may call', async (t) => {
  const asked = await preflight(api, ORIGIN)
  t.equal(asked.statusCode, 204)
  t.match(asked.headers, {
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': /\bPOST\b/,
    'access-control-allow-headers': /\bidempotency-key\b/,
    vary: /Origin/,
  })
  t.notOk(asked.headers['access-control-allow-credentials'])
  const refused = await api.call('POST', '/api/finance/sales', {
    body: '{',
    headers: { origin: ORIGIN },
  })
  t.equal(refused.status, 400)
  t.equal(refused.headers['access-control-allow-origin'], ORIGIN, 'a page can read why')
  t.match(refused.headers['access-control-expose-headers'], /x-request-id/)
})

t.test('pages of other origins may not, and nobody may unless it is configured', async (t) => {
  for (const [of, origin] of [
    [api, 'https://books.example.org'],
    [api, 'http://books.example'],
    [api, 'null'],
    [closed, ORIGIN],
  ] as const) {
    const asked = await preflight(of, origin)
    t.notOk(asked.headers['access-control-allow-origin'], origin)
    const answer = await of.get('/api/settings', { headers: { origin } })
    t.notOk(answer.headers['access-control-allow-origin'], origin)
  }
  t.equal((await preflight(closed, ORIGIN)).statusCode, 404)
})
