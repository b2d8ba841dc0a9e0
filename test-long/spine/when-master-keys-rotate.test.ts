import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { KeyHistoryEntry } from '#adapters/keys/key-history.ts'
import { openMasterKeys } from '#adapters/keys/master-keys.ts'
import type { MasterKeyStatus } from '#adapters/keys/master-keys-status.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { eventually, installation, pick, TestServer } from '#test/support/server.ts'
import { allRows, found, longPages, type Row } from './support/answers.ts'
import { Load, Times } from './support/load.ts'
import { bothLogs, patient } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

/** Keys of people of before, so that wrapping them anew takes its time. */
const PEOPLE = 30_000
const PER_SECOND = 10
const CUSTOMERS = '/api/crm/customers'

t.test('a master key is rotated, and the old one thrown away, while servers run', async (t) => {
  const [inPostgres] = bothLogs
  const files = {
    DAYBOOK_MASTER_KEY: '',
    DAYBOOK_QUERY_DEADLINE_MS: '300000',
    ...patient,
    ...longPages,
  }
  const shared = inPostgres && (await sharedLog(t, inPostgres, files))
  if (shared === undefined) throw new Error('There is no log to work on')
  const server = shared.server()
  await server.start()
  const other = new TestServer({ ...shared.environment, DAYBOOK_DATA: server.dataDir })
  t.teardown(() => other.remove())
  await other.start('--role', 'api')
  await fill(shared, server.dataDir)
  const old = await register(server, 'Old', 'N-1')

  const loads = [server, other].map((one, i) => {
    const load = new Load(one)
    load.run(PER_SECOND, new Times(), async (n) => {
      const name = `Customer ${i}-${n}`
      const { id } = (await load.call('POST', CUSTOMERS, { name })) as Row
      const changed = { source: 'shop', phone: `+44 7700 9${String(n).padStart(5, '0')}` }
      await load.call('PATCH', `${CUSTOMERS}/${String(id)}`, changed)
    })
    load.run(PER_SECOND, new Times(), async () => {
      await load.call('GET', `${CUSTOMERS}?limit=20`)
    })
    return load
  })
  const { from, to } = await rotated(t, server)
  await killedInTheMiddle(t, shared, server, to)
  t.match(await json(server, 'keys', 'rewrap'), { inUse: to, remaining: 0 })
  t.match(await states(server), { [to]: 'in_use', [from]: 'spare' })
  await register(other, 'Young', 'N-2')
  for (const load of loads) {
    await load.stop()
    t.same(load.failures.slice(0, 3), [], 'no request failed')
  }
  await assertKnownAgain(t, other, old)

  const before = await allRows(server, CUSTOMERS)
  t.ok(before.length > 2 * PER_SECOND, `${before.length} customers`)
  t.equal((await server.daybook('keys', 'drop', from)).code, 0)
  t.equal(readFileSync(join(server.dataDir, 'master.key'), 'utf8').trim().length, 44, 'one key')
  await Promise.all([server.stop(), other.stop()])
  await server.start()
  await assertAllReadable(t, server, old)
  await assertOnRecord(t, server, from, to)
})

/** As those who used the shop for years would have left them. */
async function fill({ database }: SharedLog, dataDir: string): Promise<void> {
  const pool = database.writer
  const masterKeys = await openMasterKeys({ dataDir, database: pool })
  const ring = createPostgresKeyRing({ pool, masterKeys })
  await ring.forWriting(Array.from({ length: PEOPLE }, (_, i) => `before/${i}`))
}

async function register(server: TestServer, name: string, number: string): Promise<string> {
  const answer = await server.post(CUSTOMERS, { name, number }, `key-of-${name}`)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return pick(answer, 'data', 'id')
}

async function json(server: TestServer, ...words: readonly string[]): Promise<unknown> {
  const { code, out, err } = await server.daybook('--json', '--actor', 'ann', ...words)
  if (code !== 0) throw new Error(`daybook ${words.join(' ')}: ${code} ${err}`)
  return JSON.parse(out)
}

async function states(server: TestServer): Promise<Readonly<Record<string, string>>> {
  const all = (await json(server, 'keys', 'status')) as readonly MasterKeyStatus[]
  return Object.fromEntries(all.map(({ id, state }) => [id, state]))
}

async function rotated(t: Test, server: TestServer) {
  const keys = (await json(server, 'keys', 'rotate')) as { readonly from: string; to: string }
  t.match(await states(server), { [keys.to]: 'in_use', [keys.from]: 'old' })
  const { out } = await server.daybook('doctor')
  t.match(out, new RegExp(`warning +keys +[\\d,]+ keys are wrapped by the old .* ${keys.from}`))
  return keys
}

/** A rewrap that dies leaves some keys here and some there, and harms none. */
async function killedInTheMiddle(t: Test, shared: SharedLog, server: TestServer, to: string) {
  const people = async (under: string): Promise<number> => {
    const { rows } = await shared.database.writer.query<{ count: number }>(
      `select count(*)::integer as count from daybook.subject_key
       where starts_with(subject, 'before/') and master_key ${under} $1`,
      [to],
    )
    return rows[0]?.count ?? 0
  }
  await eventually('people get their keys under the new master key', async () => {
    const { rows } = await shared.database.writer.query(
      `select from daybook.subject_key where starts_with(subject, 'main/') and master_key = $1`,
      [to],
    )
    return rows.length > 10
  })
  t.equal(await people('='), 0)
  const rewrap = server.spawnDaybook('keys', 'rewrap')
  const ended = new Promise((resolve) => rewrap.once('exit', (_, signal) => resolve(signal)))
  await eventually('some are wrapped anew', async () => (await people('=')) > 0, 60_000)
  rewrap.kill('SIGKILL')
  t.equal(await ended, 'SIGKILL')
  const left = await people('<>')
  t.ok(left > 0 && left < PEOPLE, `${left} of ${PEOPLE} were left`)
}

/** Hashes are as they were: a command sent again, and a number that is taken. */
async function assertKnownAgain(t: Test, server: TestServer, id: string): Promise<void> {
  const again = await server.post(CUSTOMERS, { name: 'Old', number: 'N-1' }, 'key-of-Old')
  t.equal(pick(again, 'data', 'id'), id)
  t.match(await server.post(CUSTOMERS, { name: 'Old', number: 'N-9' }, 'key-of-Old'), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  t.match(await server.post(CUSTOMERS, { name: 'Else', number: 'N-1' }), {
    status: 409,
    body: { code: 'CUSTOMER_NUMBER_TAKEN' },
  })
}

/** From the log, which is all that a rebuild reads. */
async function assertAllReadable(t: Test, server: TestServer, old: string): Promise<void> {
  await settled(server)
  await server.call('POST', '/api/projections/rebuild', { caller: installation })
  const wrong = (await rebuilt(server)).filter(({ state, equal }) => state !== 'done' || !equal)
  t.same(wrong, [], 'what is folded again is what was there')
  const rows = await allRows(server, CUSTOMERS)
  const nameless = rows.filter(({ name }) => !/^(Old|Young|Customer \d-\d+)$/.test(String(name)))
  t.same(nameless, [], `${rows.length} names are read`)
  t.match((await found(server, `${CUSTOMERS}/${old}`)).body, { data: { name: 'Old' } })
  await assertKnownAgain(t, server, old)
}

async function assertOnRecord(t: Test, server: TestServer, from: string, to: string) {
  const history = (await json(server, 'keys', 'history')) as readonly KeyHistoryEntry[]
  t.match(
    history.toReversed().map(({ action, from, to }) => ({ action, from, to })),
    [
      { action: 'first', to: from },
      { action: 'rotated', from, to },
      { action: 'rewrap_began', to },
      { action: 'rewrap_began', to },
      { action: 'rewrapped', to },
      { action: 'dropped', from },
    ],
  )
}
