import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { createPostgresKeptStates } from '#adapters/commands/postgres-kept-states.ts'
import { maintenanceOutbox } from '#adapters/database/maintenance-outbox.ts'
import { noteMaintenance } from '#adapters/database/note-maintenance.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import { recordMaintenance } from '#commands/maintenance/record-maintenance.ts'
import { readConfig } from '#config'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import { auditor, testApi } from '#test/support/api.ts'
import { dig, eventually, installation, pick, stranger } from '#test/support/server.ts'
import { noteConfiguration, settingsOf } from '../../src/configuration-record.ts'

/** What is done with read models, keys, configuration and backups is an event, once. */

const api = await testApi(t)
const { daybook } = api
const pool = daybook.database.writer
const outbox = maintenanceOutbox(pool)
await api.post('/api/crm/customers', { name: 'Ahmed' })
await api.caughtUp()
const look = () => daybook.maintenanceRecord.look()
const told = async (caller = installation, query = '') =>
  dig(await api.get(`/api/maintenance${query}`, { caller }), 'data') as readonly {
    readonly type: string
    readonly revision: number
    readonly actor: string | null
    readonly data: object
  }[]
const notes = async () => (await told()).length

function ofAnotherProcess() {
  return createCommandHandler({
    store: daybook.log,
    codec: daybook.codec,
    outcomes: createPostgresCommandOutcomes(pool),
    keptStates: createPostgresKeptStates(pool),
    cachedStreams: 10,
    warn: () => undefined,
  })
}

t.test('what has been done stands on record for whoever may see how it runs', async (t) => {
  t.same(await told(), [], 'an installation that was only started was not maintained')
  const started = await api.call('POST', '/api/projections/crm_customers/rebuild', {
    caller: installation,
  })
  t.equal(started.status, 202)
  await eventually('it is rebuilt', async () => (await look()) > 0)
  const expected = {
    type: 'ProjectionRebuilt',
    revision: 0,
    actor: installation.actor,
    data: { projection: 'crm_customers', ordinal: 1 },
  }
  for (const caller of [installation, auditor, stranger]) t.match(await told(caller), [expected])
  const { engine } = daybook
  await whenFree(() => engine.rebuild(['crm_customers'], { organisation: 'main', actor: 'olga' }))
  await eventually('it is rebuilt again', async () => (await look()) > 0)
  t.match(await told(auditor), [{ revision: 1, actor: 'olga' }, expected])
  t.match(await told(stranger), [{ revision: 1, actor: null }, expected], 'of another organisation')
  t.notMatch(JSON.stringify(await told(stranger)), 'olga')
})

t.test(
  'it is read page by page, and by the installation’s operator as events of its own',
  async (t) => {
    const first = await api.get('/api/maintenance?limit=1', { caller: auditor })
    const cursor = pick(first, 'meta', 'nextCursor')
    const second = await told(auditor, `?limit=1&cursor=${encodeURIComponent(cursor)}`)
    t.match([dig(first, 'data', 0), ...second], [{ revision: 1 }, { revision: 0 }])
    const bad = await api.get('/api/maintenance?cursor=nonsense', { caller: auditor })
    t.same([bad.status, pick(bad, 'code')], [400, 'CURSOR_INVALID'])
  },
)

t.test(
  'two processes that record it at once, and one that died in between, record it once',
  async (t) => {
    const before = await notes()
    const sha256 = 'ab'.repeat(32)
    for (let ordinal = 1; ordinal <= 5; ordinal++) {
      await noteMaintenance(pool, { type: 'BackupTaken', data: { ordinal, sha256 } }, 'cli:ann')
    }
    const { clock } = daybook
    const handler = ofAnotherProcess()
    const dies = {
      ...outbox,
      remove: () => Promise.reject(new Error('killed between the event and its row')),
    }
    await t.rejects(recordMaintenance({ handler, outbox: dies }, clock), { message: /killed/ })
    t.equal(await notes(), before + 1)
    await Promise.all([look(), recordMaintenance({ handler, outbox }, clock)])
    const all = (await told()).slice(0, 5)
    t.match(
      all.map(({ data }) => data),
      [5, 4, 3, 2, 1].map((ordinal) => ({ ordinal })),
    )
    t.equal(await notes(), before + 5)
    t.same(await outbox.oldest(), [])
  },
)

t.test('what cannot be written to the log waits, in its order', async (t) => {
  await noteMaintenance(
    pool,
    { type: 'MasterKeyDropped', data: { from: '0123456789abcdef' } },
    null,
  )
  const away = { handle: () => Promise.reject(new Error('no leader')) }
  await t.rejects(recordMaintenance({ handler: away, outbox }, daybook.clock), {
    message: 'no leader',
  })
  t.equal((await outbox.oldest()).length, 1)
  t.equal(await look(), 1)
  t.match((await told())[0], { type: 'MasterKeyDropped', actor: 'process:maintenance' })
})

t.test('a start with another configuration is on record, without any secret', async (t) => {
  const before = await notes()
  const password = randomUUID()
  const environment = (more: Readonly<Record<string, string>>) =>
    readConfig({ DATABASE_URL: `postgres://someone:${password}@db.example/books`, ...more })
  const token = { token: password, organisation: 'main', actor: 'olga', role: 'owner' }
  const start = (more: Readonly<Record<string, string>>) =>
    noteConfiguration(pool, environment(more))
  await start({})
  await start({ PORT: '4000', LOG_LEVEL: 'debug' })
  await look()
  t.equal(
    await notes(),
    before,
    'the first is remembered, and what is a machine’s own is no change',
  )
  const more = { DAYBOOK_PAGE_SIZE: '20', DAYBOOK_TOKENS: JSON.stringify([token]) }
  await Promise.all([start(more), start(more)])
  await look()
  t.equal(await notes(), before + 1, 'two servers, one change')
  t.match((await told())[0], {
    type: 'ConfigurationChanged',
    data: {
      changes: [
        { setting: 'limits.pageSize', from: '50', to: '20' },
        { setting: 'tokens', from: null, to: 'olga owner main' },
      ],
    },
  })
  t.same(
    (await told(auditor))[0]?.data,
    {
      role: 'all',
      program: '0.1.0',
      changes: [{ setting: 'limits.pageSize' }, { setting: 'tokens' }],
    },
    'who shares the installation is told that it changed',
  )
  const many = Array.from({ length: 500 }, (_, n) => ({
    ...token,
    token: `${n}-${password}`,
    actor: `till-${n}`,
  }))
  await start({ ...more, DAYBOOK_TOKENS: JSON.stringify(many) })
  t.equal(await look(), 1, 'however long it is')
  t.match((await told())[0], {
    data: { changes: [{ setting: 'tokens', from: 'olga owner main', to: /… \(SHA-256 of all/ }] },
  })
  await start({ ...more, DAYBOOK_ROLE: 'api' })
  await look()
  t.equal(await notes(), before + 2, 'each role has its own')
  t.notMatch(JSON.stringify(settingsOf(environment(more))), password)
  t.notMatch(JSON.stringify(await told()), password)
})
