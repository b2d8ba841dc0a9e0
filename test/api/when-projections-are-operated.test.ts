import t from 'tap'
import { crmCustomers } from '#projections/crm/customers.ts'
import { auditor, testApi } from '#test/support/api.ts'
import {
  dig,
  eventually,
  installation,
  owner,
  pick,
  stranger,
  type TestCaller,
} from '#test/support/server.ts'

const api = await testApi(t, { DAYBOOK_WAIT_DEADLINE_MS: '8000' })
const customerId = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
for (let n = 1; n <= 5; n++) {
  await api.post('/api/finance/sales', { customerId, saleAmount: n, paymentMethod: 'cash' })
}
await api.caughtUp()

const path = '/api/projections/crm_customers'
const operate = (path: string, headers = {}) =>
  api.call('POST', path, { caller: installation, headers })
const { version } = crmCustomers
const state = async () => pick(await api.get(path), 'data', 'state')

t.test('each tells where it is', async (t) => {
  const all = await api.get('/api/projections', { caller: auditor })
  const names = (dig(all, 'data') as readonly { name: string }[]).map(({ name }) => name)
  t.ok(names.includes('ledger') && names.includes('event_index'))
  t.match((await api.get(path)).body, { data: { name: 'crm_customers', state: 'live' } })
  await eventually('none is behind', async () => {
    const lag = dig(await api.get(path), 'data', 'lag') as { events: number; seconds: number }
    return lag.events === 0 && lag.seconds === 0
  })
})

t.test('one is stopped and goes on where it was; meanwhile answers are stale', async (t) => {
  t.equal((await operate(`${path}/stop`)).status, 200)
  await eventually('it has stopped', async () => (await state()) === 'stopped')
  const created = await api.post('/api/crm/customers', { name: 'Badr' })
  const position = created.headers['daybook-position'] ?? ''
  const one = `/api/crm/customers/${pick(created, 'data', 'id')}`
  const stale = await api.get(`/api/crm/customers?min_position=${position}`)
  t.match(stale.body, { meta: { stale: true } })
  t.equal((await api.get(one)).status, 404)
  t.equal((await operate(`${path}/start`)).status, 200)
  const found = await api.get(`${one}?min_position=${position}`)
  t.match(found.body, { data: { name: 'Badr' }, meta: { stale: false } })
})

t.test('tables that are yet to be filled for the first time answer as stale', async (t) => {
  t.match((await api.get('/api/crm/customers')).body, { meta: { stale: false } })
  await operate(`${path}/stop`)
  await eventually('it has stopped', async () => (await state()) === 'stopped')
  const { engine } = api.daybook.database
  const placed = `update daybook.projection set position = $1, ordinal = $2 where schema_name = 'crm_customers'`
  const { position, ordinal } = await api.daybook.engine.reached('crm_customers')
  await engine.query(placed, [null, 0])
  const unfilled = await api.get('/api/crm/customers')
  t.match(unfilled.body, { meta: { stale: true, ordinal: 0, position: null } })
  await engine.query(placed, [position, ordinal])
  t.equal((await operate(`${path}/start`)).status, 200)
  await api.caughtUp()
})

t.test('processes tell where they are', async (t) => {
  const all = async () =>
    dig(await api.get('/api/processes', { caller: auditor }), 'data') as readonly {
      readonly name: string
      readonly lag: { readonly events: number }
    }[]
  const closing = async () => (await all()).find(({ name }) => name === 'sale_closes_customer')
  await eventually('it has seen everything', async () => (await closing())?.lag.events === 0)
  t.match(await closing(), { state: 'running', refused: 0, lag: { seconds: 0 } })
  t.match((await api.get('/ready')).body, {
    data: { processes: [{ ok: true }, { ok: true }, { ok: true }, { ok: true }] },
  })
})

t.test('all are rebuilt from one read, and can be looked at meanwhile', async (t) => {
  const before = await api.get('/api/ledger/trial-balance')
  const asked = await operate('/api/projections/rebuild')
  t.equal(asked.status, 202)
  t.equal((await api.get('/api/ledger/trial-balance')).status, 200)
  await eventually(
    'all are rebuilt',
    async () => {
      const all = dig(await api.get('/api/projections'), 'data') as readonly Status[]
      return all.every(({ state, rebuild }) => state === 'live' && rebuild?.state === 'done')
    },
    60_000,
  )
  await api.caughtUp()
  const after = await api.get('/api/ledger/trial-balance')
  t.same(dig(after, 'data', 'accounts'), dig(before, 'data', 'accounts'))
})

interface Status {
  readonly state: string
  readonly rebuild?: { readonly state: string }
}

t.test('a row changed by hand is found, named, and mended by a rebuild', async (t) => {
  t.match((await api.call('POST', `${path}/verify`)).body, { data: { equal: true, findings: [] } })
  await api.database.database.engine.query(
    `update crm_customers.customer set name = 'Forged' where name = 'Ahmed'`,
  )
  const found = await api.call('POST', `${path}/verify`)
  t.match(found.body, {
    data: {
      equal: false,
      findings: [
        {
          table: 'customer',
          kind: 'changed',
          key: { customer_id: customerId },
          columns: [{ column: 'name', live: 'Forged', right: 'Ahmed' }],
        },
      ],
    },
  })
  const strange = await api.call('POST', `${path}/verify`, { caller: stranger })
  t.match(strange.body, { data: { equal: false, tables: [{ findings: 1 }] } })
  t.same(dig(strange, 'data', 'findings'), [], 'rows of others are counted, never shown')

  t.equal((await operate(`${path}/rebuild`)).status, 202)
  await eventually('it is mended', async () => {
    const verified = await api.call('POST', `${path}/verify`)
    return verified.status === 200 && dig(verified, 'data', 'equal') === true
  })
  t.match((await api.get(`/api/crm/customers/${customerId}`)).body, { data: { name: 'Ahmed' } })
})

t.test(
  'what was replaced is kept, compared, gone back to and dropped; all is on record',
  async (t) => {
    const kept = async () => dig(await api.get(path), 'data', 'kept')
    const nameNow = async () =>
      pick(await api.get(`/api/crm/customers/${customerId}`), 'data', 'name')
    await eventually('the forged tables are followed', async () => {
      const { state = '' } = ((await kept()) ?? {}) as { readonly state?: string }
      return state === 'live'
    })
    t.match(await kept(), { version, lag: { events: 0 }, since: String, sizeBytes: Number })
    const act = (verb: string) => operate(`${path}/${verb}`)
    const check = (verb: string) => api.call('POST', `${path}/${verb}`)
    await eventually('the rebuild has let go', async () => {
      const verified = await check('verify?tables=kept')
      return verified.status === 200 && dig(verified, 'data', 'equal') === false
    })
    const compared = {
      findings: [{ columns: [{ column: 'name', live: 'Ahmed', right: 'Forged' }] }],
    }
    t.match((await check('compare')).body, { data: { equal: false, notCompared: [], ...compared } })

    t.equal((await act('rollback')).status, 200)
    t.equal(await nameNow(), 'Forged')
    t.equal((await act('rollback')).status, 200)
    t.equal(await nameNow(), 'Ahmed')
    t.match((await act('drop')).body, { data: { kept: undefined } })
    t.match((await act('drop')).body, { status: 409, code: 'NOTHING_KEPT' })
    const refused = await operate(`${path}/rollback`, { 'accept-language': 'fa' })
    t.match(refused.body, { status: 409, code: 'ROLLBACK_VERSION_DROPPED', detail: /دور ریخته/ })

    const history = await api.get(`${path}/history?limit=4`)
    t.match(history.body, {
      data: [
        { action: 'dropped', fromVersion: version, by: 'ines' },
        { action: 'rolled_back', by: 'ines' },
        { action: 'rolled_back', by: 'ines' },
        { action: 'rebuilt', by: 'ines', compared: { equal: false, tables: [{ findings: 1 }] } },
      ],
    })
    t.notMatch(JSON.stringify(history.body), /Ahmed|Forged/, 'no row is on record')
    const all = await api.get('/api/projections/history', { caller: stranger })
    const [newest] = dig(all, 'data') as readonly { readonly by: string | null }[]
    t.equal(newest?.by, 'ines', 'who runs the installation is named to all')
    await api.database.database.engine.query(
      `update daybook.projection_history set organisation = 'main', actor = 'olga'`,
    )
    const by = async (caller: TestCaller) =>
      dig(await api.get(`${path}/history`, { caller }), 'data', 0, 'by')
    t.equal(await by(owner), 'olga')
    t.equal(await by(stranger), null, 'actors of other organisations are not')
  },
)

t.test('tables of a version that lacks what is read refuse, and say which', async (t) => {
  const { engine } = api.database.database
  const rename = (from: string, to: string, version: number) =>
    engine.query(`begin; alter table crm_customers.customer rename column ${from} to ${to};
      update daybook.projection set version = ${version} where schema_name = 'crm_customers'; commit`)
  await rename('phone', 'telephone', 7)
  const refused = await api.get(`/api/crm/customers/${customerId}`)
  t.equal(refused.status, 503)
  t.match(refused.body, {
    code: 'READ_MODEL_OF_OTHER_VERSION',
    detail: new RegExp(`version 7.*version ${version}`),
  })
  t.ok(refused.headers['retry-after'])
  t.match((await api.get(path)).body, { data: { lacking: ['customer.phone'], tablesVersion: 7 } })
  t.match(await api.get('/ready'), { status: 503 })
  await rename('telephone', 'phone', 7)
  t.equal((await api.get(`/api/crm/customers/${customerId}`)).status, 200, 'what is there is read')
  const explained = () => api.get(`/api/explain/customers/${customerId}/sales`)
  t.match((await explained()).body, { code: 'READ_MODEL_OF_OTHER_VERSION' }, 'not folded beside it')
  await rename('phone', 'telephone', version)
  await rename('telephone', 'phone', version)
  t.equal((await explained()).status, 200)
  t.equal((await api.get(`/api/crm/customers/${customerId}`)).status, 200)
})

t.test('this server says that it lives, is ready, and what it does', async (t) => {
  t.match((await api.get('/health')).body, { data: { status: 'alive' } })
  t.match((await api.get('/ready')).body, { success: true, data: { status: 'ready' } })
  await operate(`${path}/stop`)
  await eventually('it has stopped', async () => (await state()) === 'stopped')
  const degraded = await api.get('/ready')
  t.equal(degraded.status, 200)
  t.match(degraded.body, { data: { status: 'degraded' } })
  await operate(`${path}/start`)
  const metrics = await api.get('/metrics')
  t.match(metrics.headers['content-type'], 'text/plain')
  t.match(metrics.body, /daybook_projection_ordinal\{projection="ledger"\} \d+/)
  t.match(
    metrics.body,
    /daybook_http_request_duration_seconds_count\{.*route="\/api\/finance\/sales"/,
  )
})

t.test('without an answer of the log it is degraded: queries are answered', async (t) => {
  const { log } = api.daybook
  const head = log.head.bind(log)
  log.head = () => Promise.reject(new Error('gone'))
  const answer = await api.get('/ready')
  log.head = head
  t.equal(answer.status, 200)
  t.match(answer.body, { data: { status: 'degraded', log: { ok: false, reason: 'gone' } } })
})

t.test('without an answer of the database it is not ready', async (t) => {
  const { database } = api.daybook
  const query = database.writer.query.bind(database.writer)
  database.writer.query = () => Promise.reject(new Error('gone'))
  const answer = await api.get('/ready')
  database.writer.query = query
  t.equal(answer.status, 503)
  t.match(answer.body, { success: false, data: { database: { ok: false, reason: 'gone' } } })
})
