import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Answer, installation, pick, type TestServer } from '#test/support/server.ts'
import { found } from './support/answers.ts'
import { disguises } from './support/disguises.ts'
import { rowsWith } from './support/every-table.ts'
import { bothLogs } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

/** Two people as the shop knows them, and what it knew of them before. */
const perpetua = {
  name: 'Perpetua Quillfeather',
  phone: '+44 7700 900461',
  email: 'p.quillfeather@vane-example.org',
  note: 'Rings the blue doorbell twice',
}
const before = { name: 'Perpetua Ploverton', phone: '+44 7700 900872' }
const zahrani = {
  name: 'عبد الرحمن الزهراني',
  phone: '+966 55 738 2914',
  email: 'alzahrani@bayt-example.sa',
  note: 'يفضل الاتصال مساء',
}

/** What nobody else would have: parts of the above, so that a part of a value is found as well. */
const NOW = [
  'Quillfeather',
  '7700 900461',
  '7700900461',
  'vane-example',
  'blue doorbell',
  'الزهراني',
  'عبد الرحمن',
  '55 738 2914',
  '557382914',
  'bayt-example',
  'يفضل الاتصال',
]
const NO_LONGER = ['Ploverton', '7700 900872', '7700900872']
const FORMS = [...NOW, ...NO_LONGER].flatMap(disguises)

for (const log of bothLogs) {
  t.test(
    `who a customer is stands where a read model shows it, the log in ${log.name}`,
    async (t) => {
      const shared = await sharedLog(t, log, { LOG_LEVEL: 'trace' })
      if (shared === undefined) return
      const server = shared.server()
      await server.start()
      const { ids, events } = await story(server)
      await assertShown(t, server, ids)
      await assertTables(t, shared, ['crm_customers.customer'])

      // What a rebuild replaces is kept where it differed.
      await shared.database.engine.query('update crm_customers.customer set sales = sales + 1')
      await server.call('POST', '/api/projections/rebuild', { caller: installation })
      await rebuilt(server)
      const kept = ['crm_customers.customer', 'crm_customers__kept.customer']
      await assertTables(t, shared, kept)

      await failingProjection(t, shared, server, ids[0] ?? '')
      await server.stop()
      await assertTables(t, shared, kept)
      await assertExports(t, server, events)
      assertSilent(t, 'what the server wrote, at its most talkative', server.output)
      t.ok(server.output.includes('"answered"'), 'which is more than nothing')
      assertFilesSilent(t, server.dataDir)
      assertFilesSilent(t, join(shared.dataDir, 'postgres', 'log'))
    },
  )
}

/** Everything a person's data is sent for: accepted, refused, changed, searched for. */
async function story(server: TestServer) {
  const send = async (status: number, method: string, path: string, body: object, key?: string) => {
    // Nobody should, but somebody will.
    const headers = { 'x-correlation-id': perpetua.email, 'user-agent': perpetua.name }
    const answer: Answer = await server.call(method, path, { body, headers, ...(key && { key }) })
    if (answer.status !== status) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
    return answer
  }
  const register = async (body: object, key: string) =>
    pick(await send(201, 'POST', '/api/crm/customers', body, key), 'data', 'id')
  const customers = '/api/crm/customers'
  const first = await register({ ...perpetua, ...before, number: 'K-1' }, perpetua.email)
  const second = await register({ ...zahrani, number: 'K-2' }, 'second')
  const { name, phone } = perpetua
  await send(200, 'PATCH', `${customers}/${first}`, { name, phone }, 'change')
  await send(200, 'PATCH', `${customers}/${first}`, { name, phone }, 'change')
  // So often that a state is kept beside the stream.
  for (let i = 0; i < 120; i++) {
    await send(200, 'PATCH', `${customers}/${second}`, { email: zahrani.email, source: `s${i}` })
  }
  const sale = { customerId: first, saleAmount: '99.00', paymentMethod: 'cash' }
  await send(201, 'POST', '/api/finance/sales', sale, 'sale')
  await send(201, 'POST', '/api/finance/credit-notes', { customerId: second, amount: '5.00' })

  // Refused in every way: the reasons are told to the caller and nobody else.
  await send(409, 'POST', customers, { ...zahrani, number: 'K-1' })
  await send(422, 'POST', customers, { ...perpetua, number: 'K-9' }, 'second')
  await send(400, 'POST', customers, { ...perpetua, nickname: zahrani.name })
  await send(400, 'POST', customers, { name, email: `${perpetua.phone} is no address` })
  await send(404, 'PATCH', `${customers}/${encodeURIComponent(zahrani.name)}`, { name })
  for (const text of [perpetua.name, zahrani.name, zahrani.phone, perpetua.email]) {
    await found(server, `${customers}?search=${encodeURIComponent(text)}`)
    await server.get(`/api/finance/sales/${encodeURIComponent(text)}`)
    await server.get(`/api/nothing/${encodeURIComponent(text)}`)
  }
  return { ids: [first, second], events: await settled(server) }
}

/** Or else nothing would be proved by not finding it elsewhere. */
async function assertShown(t: Test, server: TestServer, ids: readonly string[]): Promise<void> {
  const shown = await Promise.all(ids.map((id) => found(server, `/api/crm/customers/${id}`)))
  t.match(
    shown.map(({ body }) => body),
    [{ data: perpetua }, { data: zahrani }],
  )
}

/** Only these tables hold any of it, and every value of NOW is in each. */
async function assertTables(t: Test, { database }: SharedLog, expected: readonly string[]) {
  const { places, tables } = await rowsWith(database, FORMS)
  const outside = places.filter(({ table, row }) => !isOf(expected, table, row))
  t.same(outside, [], 'nowhere else')
  t.same([...new Set(places.map(({ table }) => table))].filter(isReadModel), expected)
  for (const table of expected) {
    const rows = places.filter((place) => place.table === table).map(({ row }) => row)
    const missing = NOW.filter((text) => !rows.some((row) => row.includes(text)))
    t.same(missing, [], `${table} holds all of it`)
    const old = NO_LONGER.filter((text) => rows.some((row) => row.includes(text)))
    t.same(old, [], 'and nothing of what it was before')
  }
  t.ok(tables.includes('log.events') && tables.includes('daybook.kept_state'))
  t.comment(`${tables.length} tables searched for ${FORMS.length} forms of ${NOW.length} texts`)
}

const isReadModel = (table: string): boolean => table !== 'pg_catalog.pg_stats'

/** The database's statistics repeat values of the columns they describe. */
function isOf(expected: readonly string[], table: string, row: string): boolean {
  if (table !== 'pg_catalog.pg_stats') return expected.includes(table)
  return expected.includes(row.split('\t').slice(0, 2).join('.'))
}

/** A row that the database refuses: whoever tells of it must not tell what is in it. */
async function failingProjection(t: Test, shared: SharedLog, server: TestServer, id: string) {
  await shared.database.engine.query(
    `alter table crm_customers.customer add constraint by_hand check (source is distinct from 'bad')`,
  )
  await server.call('PATCH', `/api/crm/customers/${id}`, { body: { source: 'bad' } })
  const end = performance.now() + 60_000
  for (;;) {
    const answer = await found(server, '/api/projections/crm_customers')
    if (pick(answer, 'data', 'state') === 'failed') {
      assertSilent(t, 'the failure as the API tells it', JSON.stringify(answer.body))
      return
    }
    if (performance.now() > end) throw new Error(JSON.stringify(answer.body))
  }
}

/** What leaves by the command line: the log, its keys, and what is said of them. */
async function assertExports(t: Test, server: TestServer, events: number): Promise<void> {
  const file = (name: string) => join(server.dataDir, name)
  const exported = await server.daybook('log', 'export', file('log.ndjson'))
  t.equal(exported.code, 0, exported.err)
  const text = readFileSync(file('log.ndjson'), 'utf8')
  t.ok(text.split('\n').length >= events, 'the whole log')
  t.ok(text.includes('CustomerRegistered') && text.includes('$personal'))
  assertSilent(t, 'the exported log', text)
  const keys = await server.daybook('keys', 'export', file('keys.ndjson'))
  t.equal(keys.code, 0, keys.err)
  for (const words of [
    ['log', 'tail', '--lines', '1000'],
    ['log', 'stats'],
    ['--json', 'projections', 'list'],
  ]) {
    const { out, err } = await server.daybook(...words)
    assertSilent(t, `daybook ${words.join(' ')}`, out + err)
  }
}

/** Every file below a folder. */
function assertFilesSilent(t: Test, folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => statSync(name).isFile())
  t.ok(files.length > 0, `${files.length} files in ${folder}`)
  for (const name of files) assertSilent(t, name, readFileSync(name, 'utf8'))
}

function assertSilent(t: Test, what: string, text: string): void {
  const told = FORMS.filter((form) => text.includes(form))
  t.same(told, [], `${what} tells nothing`)
}
