import t from 'tap'
import { auditor, operator, testApi } from '#test/support/api.ts'
import { installation, pick, stranger } from '#test/support/server.ts'

const CALLER_LIMIT = 30
const ADDRESS_LIMIT = 8

const api = await testApi(t, {
  DAYBOOK_CALLER_REQUESTS_PER_MINUTE: String(CALLER_LIMIT),
  DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: String(ADDRESS_LIMIT),
  DAYBOOK_TRUSTED_PROXIES: '127.0.0.1',
})
const nobody = { token: 'a-token-that-nobody-has', organisation: '', actor: '', role: '' }
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

/** The statuses of so many requests, one after the other. */
async function statuses(count: number, ask: () => Promise<{ readonly status: number }>) {
  const found: number[] = []
  for (let n = 0; n < count; n++) found.push((await ask()).status)
  return found
}
const times = (count: number, status: number): number[] =>
  Array.from({ length: count }, () => status)

t.test(
  'a caller who asks too often is told when to come back, and others are served',
  async (t) => {
    const found = await statuses(CALLER_LIMIT, () => api.get('/api/crm/customers'))
    t.same(found, times(CALLER_LIMIT, 200))
    const refused = await api.get('/api/crm/customers')
    t.match(refused, {
      status: 429,
      body: { code: 'RATE_LIMITED', title: 'Too many requests', success: false },
    })
    t.equal(refused.headers['content-type'], 'application/problem+json')
    const seconds = Number(refused.headers['retry-after'])
    t.ok(seconds >= 1 && seconds <= 60, `${seconds} s`)
    t.match(pick(refused, 'detail'), `More than ${CALLER_LIMIT} requests`)
    t.match(pick(refused, 'detail'), `after ${seconds} seconds`)
    t.equal((await api.get('/api/crm/customers', { caller: auditor })).status, 200)
    t.equal((await api.get('/api/crm/customers', { caller: stranger })).status, 200)
    // Who is of no organisation is a caller as well.
    const ask = () => api.get('/api/projections', { caller: installation })
    t.same(await statuses(CALLER_LIMIT, ask), times(CALLER_LIMIT, 200))
    t.equal((await ask()).status, 429)
  },
)

t.test(
  'what came too often did nothing, and is told in the language of whoever asked',
  async (t) => {
    const body = { name: 'Thandi' }
    const inLanguage = async (language: string) =>
      pick(
        await api.call('POST', '/api/crm/customers', {
          body,
          key: 'too-often',
          headers: { 'accept-language': language },
        }),
        'detail',
      )
    t.match(await inLanguage('ar'), /خلال دقيقة/)
    t.match(await inLanguage('fa'), /در یک دقیقه/)
    t.equal(await api.daybook.log.head(), undefined)
    // Nor is it a refusal for auditors: it was not looked at.
    const refusals = await api.get('/api/refusals', { caller: auditor })
    t.match(refusals, { status: 200, body: { data: [] } })
  },
)

t.test('whoever is not known is counted by address, whatever they ask for', async (t) => {
  const asks = [
    () => api.get('/api/crm/customers', { ...from('192.0.2.1'), caller: nobody }),
    () => api.get('/no/such/page', { ...from('192.0.2.1'), caller: nobody }),
    () => api.get('/metrics', { ...from('192.0.2.1'), caller: nobody }),
  ]
  let n = 0
  const found = await statuses(ADDRESS_LIMIT, () => asks[n++ % asks.length]!())
  t.same(found, [401, 404, 200, 401, 404, 200, 401, 404])
  for (const ask of asks) t.match(await ask(), { status: 429, body: { code: 'RATE_LIMITED' } })
  const other = await api.get('/metrics', { ...from('192.0.2.2'), caller: nobody })
  t.equal(other.status, 200, 'another address')
  const known = await api.get('/api/crm/customers', { ...from('192.0.2.1'), caller: auditor })
  t.equal(known.status, 200, 'who is known is not counted by address')
})

t.test('what a caller may not do counts as well', async (t) => {
  const ask = () => api.call('PATCH', '/api/settings', { body: {}, caller: operator })
  t.same(await statuses(CALLER_LIMIT, ask), times(CALLER_LIMIT, 403))
  t.equal((await ask()).status, 429)
})

t.test('an IPv6 address counts with its network', async (t) => {
  let n = 0
  const ask = () => api.get('/metrics', { ...from(`2001:db8:0:1::${++n}`), caller: nobody })
  t.same(await statuses(ADDRESS_LIMIT, ask), times(ADDRESS_LIMIT, 200))
  t.equal((await ask()).status, 429)
  const other = await api.get('/metrics', { ...from('2001:db8:0:2::1'), caller: nobody })
  t.equal(other.status, 200)
})

t.test('an address is believed only of a proxy that is named', async (t) => {
  const own = await testApi(t, { DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: '3' })
  let n = 0
  const ask = () => own.get('/metrics', { ...from(`192.0.2.${++n}`), caller: nobody })
  t.same(await statuses(4, ask), [200, 200, 200, 429])
})

t.test('whether it lives is answered however often it is asked', async (t) => {
  const ask = () => api.get('/health', { ...from('192.0.2.1'), caller: nobody })
  t.same(await statuses(ADDRESS_LIMIT * 2, ask), times(ADDRESS_LIMIT * 2, 200))
})

const unlimited = await testApi(t, {
  DAYBOOK_CALLER_REQUESTS_PER_MINUTE: '0',
  DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: '0',
  DAYBOOK_REQUESTS_AT_ONCE: '2',
})

t.test('a limit of 0 is none', async (t) => {
  t.same(await statuses(50, () => unlimited.get('/api/settings')), times(50, 200))
  const unknown = () => unlimited.get('/api/settings', { caller: nobody })
  t.same(await statuses(50, unknown), times(50, 401))
})

t.test('beyond so many requests in hand the next is told to come back', async (t) => {
  // A read that waits for what never comes is in hand until its deadline, or until its caller goes.
  const gone = new AbortController()
  const { url, close } = await listening(unlimited)
  t.teardown(close)
  const waiting = [1, 2].map(() =>
    fetch(`${url}/api/crm/customers?min_position=999999999`, {
      headers: { authorization: `Bearer ${auditor.token}` },
      signal: gone.signal,
    }).catch(() => undefined),
  )
  let refused: Response
  do refused = await fetch(`${url}/api/settings`, { headers: { 'accept-language': 'en' } })
  while (refused.status !== 503)
  t.match(await refused.json(), { code: 'TOO_BUSY', status: 503 })
  t.equal(refused.headers.get('retry-after'), '1')
  t.equal((await fetch(`${url}/health`)).status, 200)
  gone.abort()
  await Promise.all(waiting)
  let served: Response
  do served = await fetch(`${url}/metrics`)
  while (served.status === 503)
  t.equal(served.status, 200)
})

async function listening({ app }: typeof api) {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.server.closeAllConnections() }
}

t.test('a process that is late with everything takes no more until it has caught up', async (t) => {
  const own = await testApi(t, { DAYBOOK_EVENT_LOOP_DELAY_MS: '50' })
  const ask = () => own.get('/api/settings')
  let answer = await ask()
  while (answer.status !== 503) {
    hold(300)
    answer = await ask()
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.match(answer, { status: 503, body: { code: 'TOO_BUSY' }, headers: { 'retry-after': '1' } })
  t.equal((await own.get('/health')).status, 200)
  while ((await ask()).status === 503) await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal((await ask()).status, 200)
})

/** Keeps the process from everything else. */
function hold(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
