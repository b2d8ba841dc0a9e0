import t from 'tap'
import { MASKED } from '#domain/event-schema.ts'
import { LogUnavailable } from '#log/errors.ts'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import { auditor, callers, type TestApi, testApi } from '#test/support/api.ts'
import { dig, eventually, owner, pick, stranger } from '#test/support/server.ts'

/** Who looked at what is on record as events of the log, and looking changes nothing of what is seen. */

interface Entry {
  readonly id: string
  readonly kind: string
  readonly route: string
  readonly stream: string
  readonly revision: number
  readonly asked: Readonly<Record<string, string>> | null
  readonly reason: string | null
}

/** What is on record by now, the latest first, once there is so much. */
async function listed(
  api: TestApi,
  query: string,
  count: number,
  caller = auditor,
): Promise<readonly Entry[]> {
  let entries: readonly Entry[] = []
  await eventually(`${count} accesses of ${query}`, async () => {
    entries = dig(await api.get(`/api/accesses?${query}`, { caller }), 'data') as readonly Entry[]
    return entries.length >= count
  })
  return entries
}

t.test('every look into the log is on record, with what was asked and how much seen', async (t) => {
  const api = await testApi(t)
  const customer = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
  await api.caughtUp()
  const first = await api.get('/api/events', { caller: auditor })
  const id = pick(first, 'data', 0, 'id')
  const paths = [
    `/api/events?actor=olga&customer=${customer}`,
    `/api/events/${id}`,
    `/api/events/${id}/chain`,
    `/api/streams/customer-main.${customer}`,
    '/api/events/sample?seed=1&size=3',
    '/api/events/export?format=csv',
  ]
  for (const path of paths) t.equal((await api.get(path, { caller: auditor })).status, 200, path)
  t.equal((await api.get('/api/events?actor=&who=ahmed', { caller: auditor })).status, 400)
  await api.get('/api/crm/customers', { caller: auditor })
  await api.get('/api/events', { caller: callers.operator })
  await listed(api, 'route=/api/events', 3)
  const entries = await listed(api, 'actor=alma&limit=50', 8)
  const events = entries.filter(({ route }) => route.startsWith('/api/events'))
  const asked = (route: string) => events.filter((entry) => entry.route === route)
  t.match(asked('/api/events').toReversed(), [
    { kind: 'read', asked: { direction: 'backwards' }, rows: '1', role: 'auditor', status: 200 },
    { asked: { actor: '…', customer }, rows: '1' },
    { status: 400, asked: null, rows: null },
  ])
  t.match(asked('/api/events/:id'), [{ asked: { id }, rows: '1', count: '1' }])
  t.match(asked('/api/events/:id/chain'), [{ asked: { id }, rows: '1' }])
  t.match(asked('/api/events/sample'), [{ asked: { seed: '1', size: '3' }, rows: '1' }])
  t.match(asked('/api/events/export'), [{ kind: 'export', asked: { format: 'csv' }, rows: '1' }])
  const streamed = entries.filter(({ route }) => route === '/api/streams/:stream')
  t.match(streamed, [{ asked: { stream: `customer-main.${customer}` } }])
  t.equal(events.length, 7, 'each once')
  t.notOk(entries.some(({ route }) => route.includes('crm')))
  t.same(await listed(api, 'actor=omar', 0), [], 'who was refused is on record as that')
  t.same(await listed(api, '', 0, stranger), [], 'of another organisation nothing is seen')

  await t.test('looking at the record is on record too, and it is read in pages', async (t) => {
    await listed(api, 'route=/api/accesses', 1)
    const page = await api.get('/api/accesses?limit=2&kind=read', { caller: auditor })
    const cursor = pick(page, 'meta', 'nextCursor')
    const next = `/api/accesses?limit=2&kind=read&cursor=${cursor}`
    const rest = await api.get(next, { caller: auditor })
    const revisions = [page, rest].flatMap((answer) => dig(answer, 'data') as readonly Entry[])
    t.equal(revisions.length, 4)
    t.ok(
      revisions.every(
        ({ revision }, i) => i === 0 || revision < Number(revisions[i - 1]?.revision),
      ),
    )
  })

  await t.test('each is an event of the log, in a stream of the month', async (t) => {
    await api.caughtUp()
    const [entry] = await listed(api, 'kind=export', 1)
    const { stream = '', revision } = entry ?? {}
    t.match(stream, /^access-main\.\d{4}-\d\d$/)
    const event = await api.get(`/api/events/${entry?.id}`, { caller: auditor })
    t.match(dig(event, 'data'), { type: 'RecordsAccessed', stream, revision, ordinal: null })
    const bytes = await api.get(`/api/events/${entry?.id}/stored`, { caller: auditor })
    t.match(dig(bytes, 'data', 'data', 'text'), /"route": ?"\/api\/events\/export"/)
    const read = await api.get(`/api/streams/${stream}?limit=500`, { caller: auditor })
    const told = dig(read, 'data') as readonly { readonly revision: number }[]
    t.same(
      told.map((one) => one.revision),
      told.map((_, index) => index),
    )
    const state = await api.get(`/api/streams/${stream}/state?revision=3`, { caller: auditor })
    t.match(dig(state, 'data', 'state'), { accesses: 4 })
    const books = dig(await api.get('/api/events/completeness', { caller: auditor }), 'data')
    t.match(books, { complete: true, count: '1', last: '1' })
    const record = dig(await api.get('/api/accesses/completeness', { caller: auditor }), 'data')
    t.match(record, { complete: true, streams: [{ stream }], findings: [] })
  })

  await t.test('a hole in the record is named', async (t) => {
    const { engine, database } = api.daybook
    await engine.stopProjection('accesses')
    await database.engine.query('delete from accesses.access where revision = 2')
    const record = dig(await api.get('/api/accesses/completeness', { caller: auditor }), 'data')
    t.match(record, { complete: false, findings: [{ kind: 'stream_broken_in_index' }] })
    t.match(await whenFree(() => engine.verify('accesses')), { equal: false })
    const job = await whenFree(() => engine.rebuild(['accesses']))
    t.match(await job.done, [{ state: 'done' }])
    await engine.startProjection('accesses')
  })

  await t.test('tables are what a rebuild makes of the log', async (t) => {
    await api.caughtUp()
    for (const { name } of await api.daybook.engine.status()) {
      t.match(await whenFree(() => api.daybook.engine.verify(name)), { equal: true }, name)
    }
  })
})

t.test('reading changes nothing of what is read', async (t) => {
  const api = await testApi(t)
  await api.post('/api/crm/customers', { name: 'Ahmed' })
  await api.caughtUp()
  const paths = [
    '/api/events/export',
    '/api/events/export?format=csv',
    '/api/events?direction=forwards',
    '/api/events/sample?seed=7&size=3',
    '/api/ledger/trial-balance?known_at=1',
  ]
  const answers = async () =>
    Promise.all(
      paths.map(async (path) => {
        const { body } = await api.get(path, { caller: auditor })
        if (typeof body === 'string') return body
        const {
          ordinal: _,
          position: _position,
          ...meta
        } = dig({ status: 200, body }, 'meta') as object & Record<string, unknown>
        return { ...(body as object), meta }
      }),
    )
  const before = await answers()
  await listed(api, '', 5)
  await api.caughtUp()
  t.strictSame(await answers(), before)
  const [file] = before
  const statement = typeof file === 'string' ? file.split('\n', 1)[0] : undefined
  t.match(JSON.parse(statement ?? ''), { leavesOut: 'accesses', count: '1', head: '1' })
  await api.post('/api/crm/customers', { name: 'Layla' })
  await api.caughtUp()
  const events = dig(await api.get('/api/events'), 'data') as readonly {
    readonly ordinal: string
  }[]
  t.same(
    events.map(({ ordinal }) => ordinal),
    ['2', '1'],
    'ordinals are those of the books',
  )
})

t.test('explaining a figure is on record, whoever asks', async (t) => {
  const api = await testApi(t)
  const sale = pick(
    await api.post('/api/finance/sales', { saleAmount: 10, paymentMethod: 'cash' }),
    'data',
    'id',
  )
  await api.caughtUp()
  const caller = callers.analyst
  t.equal((await api.get(`/api/explain/sales/${sale}/gross`, { caller })).status, 200)
  t.match(await listed(api, 'kind=explain', 1), [
    { actor: caller.actor, asked: { id: sale, figure: 'gross' }, role: 'analyst' },
  ])
})

t.test(
  'a reason is told to whoever may see personal data, and stands nowhere in plain',
  async (t) => {
    const api = await testApi(t)
    await api.post('/api/crm/customers', { name: 'Ahmed' })
    await api.caughtUp()
    const ask = (reason: string) =>
      api.get('/api/events', { caller: auditor, headers: { 'x-reason': reason } })
    t.equal((await ask(encodeURIComponent('شكوى أحمد 50%'))).status, 200)
    for (const bad of ['50%', '%FF', ' ', 'x'.repeat(501), 'plain é']) {
      t.match(await ask(bad), { status: 400, body: { code: 'REASON_INVALID' } }, bad)
    }
    t.equal((await ask('x'.repeat(500))).status, 200)
    await listed(api, 'route=/api/events', 7)
    const entries = await listed(api, 'route=/api/events&limit=50', 7, owner)
    const [entry] = entries.filter(({ reason }) => reason?.includes('أحمد'))
    t.equal(entry?.reason, 'شكوى أحمد 50%')
    t.equal(entries.filter(({ reason }) => reason === null).length, 5, 'no bad one is kept')

    const masked = await listed(api, 'route=/api/events&limit=50', 7)
    t.equal(masked.find(({ id }) => id === entry?.id)?.reason, MASKED)

    const { rows } = await api.database.login.query<{ text: string }>(
      'select a::text as text from accesses.access a union all select e.data from log.events e',
    )
    t.ok(rows.length >= 7)
    for (const { text } of rows) t.notMatch(text, 'أحمد')
    const stored = await api.get(`/api/events/${entry?.id}/stored`, { caller: owner })
    t.notMatch(pick(stored, 'data', 'data', 'text'), 'أحمد')

    const event = await api.get(`/api/events/${entry?.id}`, { caller: owner })
    await api.daybook.keyRing.destroy(`main/${pick(event, 'data', 'data', 'accessId')}`)
    const later = await listed(api, 'route=/api/events&limit=50', 7, owner)
    t.equal(later.find(({ id }) => id === entry?.id)?.reason, 'erased')
  },
)

t.test('nothing is exported that cannot be put on record; a look is put there later', async (t) => {
  const api = await testApi(t)
  await api.post('/api/crm/customers', { name: 'Ahmed' })
  await api.caughtUp()
  const { log } = api.daybook
  const append = log.append.bind(log)
  let tried = 0
  log.append = async () => {
    tried += 1
    throw new LogUnavailable('away')
  }
  const refused = await api.get('/api/events/export', { caller: auditor })
  t.match(refused, { status: 503, body: { code: 'LOG_UNAVAILABLE' } })
  t.ok(refused.headers['retry-after'])
  t.notMatch(JSON.stringify(refused.body), 'CustomerRegistered')
  t.equal((await api.get('/api/events?limit=7', { caller: auditor })).status, 200)
  const triedBefore = tried
  await eventually('the look was tried', async () => tried > triedBefore)
  // What it had stored without an answer must not be there twice.
  log.append = async (...asked) => {
    log.append = append
    await append(...asked)
    throw new LogUnavailable('no verdict')
  }
  const [entry, ...others] = await listed(api, 'route=/api/events', 1)
  t.match(entry, { asked: { limit: '7' }, count: '1' })
  t.equal((await api.get('/api/events/export', { caller: auditor })).status, 200)
  await listed(api, 'kind=export', 1)
  await api.caughtUp()
  t.equal((await listed(api, 'route=/api/events', 1)).length, 1 + others.length)
  t.same(others, [])
})

t.test('a flood of looks leaves few events, and their number is right', async (t) => {
  const api = await testApi(t)
  const LOOKS = 1500
  for (let i = 0; i < LOOKS; i += 1) {
    api.daybook.accessRecords.looked({
      at: '2026-11-21T10:00:00.000Z',
      organisation: 'main',
      actor: 'alma',
      role: 'auditor',
      method: 'GET',
      route: '/api/events/:id',
      status: 200,
      request_id: null,
      kind: 'read',
      callerKind: 'person',
      sessionId: undefined,
      asked: [{ name: 'id', value: String(i) }],
      rows: 1,
      unmaskings: [],
      reason: undefined,
    })
  }
  await api.daybook.accessRecords.close()
  await api.caughtUp()
  const { data } = dig(
    await api.get('/api/streams/access-main.2026-11/state', { caller: auditor }),
  ) as {
    readonly data: { readonly state: { readonly accesses: number }; readonly revision: number }
  }
  t.equal(data.state.accesses, LOOKS)
  // A minute may turn while they come.
  t.ok(data.revision < 2 * 602, `${data.revision + 1} events`)
  const entries = dig(
    await api.get('/api/accesses?limit=500', { caller: auditor }),
    'data',
  ) as readonly (Entry & { readonly count: string })[]
  const together = entries.filter(({ count }) => Number(count) > 1)
  t.ok(together.length > 0)
  t.match(together[0], { route: '/api/events/:id', asked: null, rows: null, role: 'auditor' })
})
