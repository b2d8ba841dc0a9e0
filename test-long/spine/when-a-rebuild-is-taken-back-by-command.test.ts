import pg from 'pg'
import t from 'tap'
import { connectionConfig } from '#adapters/database/connection.ts'
import { findEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { dig, eventually, installation, TestServer } from '#test/support/server.ts'

/** Each command is a process of its own beside the server, as at the machine. */

const server = new TestServer()
t.teardown(() => server.remove())
t.before(() => server.start())

/** As somebody with a console could: every customer has one sale too many. */
async function forgeCustomers(): Promise<void> {
  const running = await findEmbeddedPostgres(server.dataDir)
  if (running === undefined) throw new Error('There is no PostgreSQL to forge anything in')
  const { roles } = await migrate(running.url)
  const client = new pg.Client(connectionConfig(running.url, { role: roles.engine, name: 'test' }))
  await client.connect()
  await client.query('update crm_customers.customer set sales = sales + 1')
  await client.end()
}

t.test('what a rebuild replaced is taken back by one command, until it is dropped', async (t) => {
  const done = async (...words: readonly string[]) => {
    const { code, out, err } = await server.daybook('--json', 'projections', ...words)
    t.equal(code, 0, err)
    return JSON.parse(out) as unknown
  }
  const name = 'crm_customers'
  const figures = async () => dig(await server.get('/api/crm/customers'), 'data')
  await server.post('/api/crm/customers', { name: 'Ada', phone: '+966501234567' })
  await eventually('the customer is there', async () => {
    return ((await figures()) as readonly object[]).length === 1
  })
  await forgeCustomers()
  const forged = await figures()
  t.match(await done('rebuild', name), [{ state: 'done', compared: { equal: false } }])
  const right = await figures()
  t.notMatch(forged, right)
  t.match(await done('compare', name), { equal: false, findings: { length: 1 } })
  t.match(await done('rollback', name), { name, rolledBack: true, liveVersion: Number })
  t.same(await figures(), forged)
  t.equal(
    (await server.call('POST', `/api/projections/${name}/rollback`, { caller: installation }))
      .status,
    200,
  )
  t.same(await figures(), right)
  t.match(await done('drop', name), { name, dropped: true, version: Number })
  const actions = ['dropped', 'rolled_back', 'rolled_back', 'rebuilt']
  const told = (await done('history', name)) as readonly { action: string; by?: object }[]
  t.same(
    told.slice(0, actions.length).map(({ action }) => action),
    actions,
  )
  t.match(told[0]?.by, { actor: /^cli:/ })
})
