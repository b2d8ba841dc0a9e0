import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { dataFolder } from '#test/support/private-postgres.ts'
import {
  dig,
  eventually,
  installation,
  owner,
  pick,
  type TestServer,
} from '#test/support/server.ts'
import { found } from './support/answers.ts'
import { disguises } from './support/disguises.ts'
import { rowsWith } from './support/every-table.ts'
import { bothLogs } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

/** Of one, who is registered twice, nothing has to be kept, of the other documents of long ago, and of the third those of today. */
const people = {
  free: person('Quillfeather', '+44 7700 900461', 'vane-example'),
  term: person('Ploverton', '+44 7700 900872', 'fen-example'),
  stays: person('Whimbrel', '+44 7700 900999', 'moor-example'),
}
type Person = ReturnType<typeof person>

function person(surname: string, phone: string, domain: string) {
  return {
    name: `Perpetua ${surname}`,
    phone,
    email: `p@${domain}.org`,
    note: `${surname} rings twice`,
    texts: [surname, phone.slice(4), phone.replaceAll(/\D/g, ''), domain],
  }
}

const formsOf = ({ texts }: Person): readonly string[] => texts.flatMap(disguises)
const GONE = [people.free, people.term].flatMap(formsOf)
const years = { sale: 20, creditNote: 20, badDebt: 20, customerCredit: 20, wallet: 20 }
const LONG_AGO = `${new Date().getUTCFullYear() - 15}-06-01`
/** Kept for twenty years, but not for ten. */
const tenYears = { sale: 10, creditNote: 10, badDebt: 10, customerCredit: 10, wallet: 10 }

for (const log of bothLogs) {
  t.test(`who is erased stands nowhere any more, the log in ${log.name}`, async (t) => {
    const list = join(dataFolder(t), 'erasures.ndjson')
    const shared = await sharedLog(t, log, { LOG_LEVEL: 'trace', DAYBOOK_ERASURES: list })
    if (shared === undefined) return
    const server = shared.server()
    await server.start()
    await settle(server, { retentionYears: years })
    const free = await register(server, people.free)
    const twice = await registeredTwice(server, people.free, free)
    const term = await deal(server, people.term)
    const stays = await deal(server, people.stays)
    await look(t, server, free, people.free)
    await look(t, server, term, people.term)
    await look(t, server, stays, people.stays)
    await keepOldTables(shared, server)
    const backup = join(dataFolder(t), 'backup')
    t.equal((await server.daybook('backup', '--to', backup)).code, 0)
    const before = await figures(server)

    for (const id of [free, term]) await erase(server, id)
    await settled(server)
    for (const id of [free, twice]) t.equal(await stageOf(server, id), 'erased')
    t.equal(await stageOf(server, term), 'restricted')
    t.match((await rowsWith(shared.database, formsOf(people.term))).places, [{}], 'kept for now')
    await settle(server, { retentionYears: tenYears })
    await eventually('the term is over', async () => (await stageOf(server, term)) === 'erased')
    await settled(server)

    await assertNowhere(t, shared)
    t.strictSame(await figures(server), before, 'trial balance and statistics are unchanged')
    await assertRebuilt(t, server, shared)
    t.equal(await stageOf(server, term), 'erased')
    t.equal((await found(server, `/api/crm/customers/${stays}`)).status, 200)
    await assertRolledBack(t, server, shared)
    const leaving = await exported(t, server)
    await server.stop()
    await assertFiles(t, shared, server, leaving)
    await assertRestored(t, log, backup, { list, shared })
  })
}

async function register(server: TestServer, about: Person): Promise<string> {
  const { name, phone, email, note } = about
  return idOf(server, '/api/crm/customers', { name, phone, email, note })
}

/** The same person once more, as was found out: nobody asks for the erasure of this one. */
async function registeredTwice(server: TestServer, about: Person, id: string): Promise<string> {
  const twice = await register(server, about)
  const link = { customerIds: [id, twice], reason: 'same_contact' }
  await idOf(server, '/api/privacy/links', link)
  return twice
}

async function idOf(server: TestServer, path: string, body: object): Promise<string> {
  const answer = await server.post(path, body)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return pick(answer, 'data', 'id')
}

/** Long ago, with their name in every text. */
async function deal(server: TestServer, about: Person): Promise<string> {
  const customerId = await register(server, about)
  const occurredOn = LONG_AGO
  const sold = { customerId, saleAmount: '12.00', occurredOn }
  const sale = await idOf(server, '/api/finance/sales', sold)
  const reference = `from ${about.name}`
  const send = async (path: string, body: object) => {
    const answer = await server.post(path, { ...body, occurredOn })
    if (answer.status >= 300) throw new Error(`${path} ${JSON.stringify(answer.body)}`)
  }
  await send(`/api/finance/sales/${sale}/payments`, { amount: '5.00', method: 'cash', reference })
  await send(`/api/finance/sales/${sale}/cancellation`, { reason: reference })
  await send('/api/finance/bad-debts', { customerId, amount: '3.00', reason: reference })
  await send('/api/finance/credit-notes', { customerId, amount: '2.00' })
  const wallet = await idOf(server, '/api/wallets', { customerId, name: reference, occurredOn })
  await send(`/api/wallets/${wallet}/topups`, { amount: '9.00', method: 'cash', reference })
  for (let i = 0; i < 60; i++) {
    await send(`/api/wallets/${wallet}/debits`, { amount: '0.10', description: reference })
  }
  return customerId
}

/** With their name in what it is for and in what is looked for. */
async function look(t: Test, server: TestServer, id: string, { texts, email, phone }: Person) {
  const [surname = ''] = texts
  const paths = [
    `/api/events?customer=${id}`,
    `/api/streams/customer-main.${id}`,
    `/api/events?customer=${surname}`,
    `/api/events?actor=${surname}`,
    `/api/crm/customers?search=${surname}`,
    `/api/crm/customers?email=${email}`,
    `/api/crm/customers?phone=${encodeURIComponent(phone)}`,
  ]
  for (const path of paths) {
    const isById = path.includes(id)
    const headers = isById ? { 'x-reason': `${surname} complained` } : {}
    t.equal((await server.call('GET', path, { headers })).status, 200, path)
  }
  const until = new Date(Date.now() + 3_600_000).toISOString()
  const granted = { actor: owner.actor, until, subject: id, reason: `${surname} complained` }
  t.equal((await server.post('/api/unmaskings', granted)).status, 201)
}

async function settle(server: TestServer, body: object): Promise<void> {
  const answer = await server.call('PATCH', '/api/settings', { body })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

async function erase(server: TestServer, customerId: string): Promise<void> {
  const body = { customerId, reason: 'asked_by_person' }
  const answer = await server.post('/api/privacy/erasures', body)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
}

const stageOf = async (server: TestServer, id: string): Promise<string> =>
  pick(await found(server, `/api/privacy/erasures/${id}`), 'data', 'stage')

async function figures(server: TestServer): Promise<readonly unknown[]> {
  const paths = [
    '/api/ledger/trial-balance',
    '/api/finance/stats',
    '/api/analytics/snapshots?to=2099-12-31',
  ]
  return Promise.all(paths.map(async (path) => dig(await found(server, path), 'data')))
}

/** What a rebuild replaces is kept where it differed, and followed from then on. */
async function keepOldTables({ database }: SharedLog, server: TestServer): Promise<void> {
  await settled(server)
  await database.engine.query('update crm_customers.customer set sales = sales + 1')
  await database.engine.query('update wallets.movement set amount = amount + 1')
  await database.engine.query('update finance_sales.sale set gross = gross + 1')
  await server.call('POST', '/api/projections/rebuild', { caller: installation })
  await rebuilt(server)
}

/** Who stays is found where they are, or else nothing would be proved by not finding the others. */
async function assertNowhere(t: Test, { database }: Pick<SharedLog, 'database'>): Promise<void> {
  const stays = formsOf(people.stays)
  const { places, tables } = await rowsWith(database, [...GONE, ...stays])
  const told = places.filter(({ row }) => GONE.some((form) => row.includes(form)))
  t.same(told, [], `0 hits in ${tables.length} tables for ${GONE.length} texts`)
  const shown = new Set(places.map(({ table }) => table))
  for (const table of ['crm_customers.customer', 'wallets.movement', 'finance_sales.payment']) {
    t.ok(shown.has(table), table)
  }
}

async function assertRebuilt(t: Test, server: TestServer, shared: SharedLog): Promise<void> {
  await server.call('POST', '/api/projections/rebuild', { caller: installation })
  const rebuilds = await rebuilt(server)
  t.same(
    rebuilds.filter(({ equal }) => equal === false),
    [],
    'a rebuild makes the same',
  )
  await assertNowhere(t, shared)
}

/** To what was live before, which was followed meanwhile. */
async function assertRolledBack(t: Test, server: TestServer, shared: SharedLog): Promise<void> {
  for (const name of ['crm_customers', 'finance_sales', 'wallets']) {
    const answer = await server.call('POST', `/api/projections/${name}/rollback`, {
      caller: installation,
    })
    t.equal(answer.status, 200, `${name} ${JSON.stringify(answer.body)}`)
  }
  await settled(server)
  await assertNowhere(t, shared)
}

/** Whatever can leave by the API, and the record of who looked. */
async function exported(t: Test, server: TestServer): Promise<string> {
  const month = new Date().toISOString().slice(0, 'YYYY-MM'.length)
  const files = [
    '/api/events/export',
    '/api/events/export?format=csv',
    '/api/accesses?limit=500',
    '/api/unmaskings',
    `/api/streams/access-main.${month}?limit=500`,
    '/api/refusals',
  ]
  const headers = { authorization: `Bearer ${owner.token}` }
  const texts = await Promise.all(
    files.map(async (path) => (await fetch(server.url + path, { headers })).text()),
  )
  const text = texts.join('')
  t.match(text, /PersonErased/)
  t.match(text, /Whimbrel/, 'who stays can be read')
  t.equal(text.split('Whimbrel complained').length - 1, 7, 'and why they were looked at')
  return text
}

async function assertFiles(t: Test, shared: SharedLog, server: TestServer, leaving: string) {
  const silent = (what: string, text: string): void => {
    t.same(
      GONE.filter((form) => text.includes(form)),
      [],
      `${what} tells nothing`,
    )
  }
  silent('what was exported', leaving)
  const folder = dataFolder(t)
  for (const kind of ['log', 'keys']) {
    const file = `${folder}.${kind}.ndjson`
    const done = await server.daybook(kind, 'export', file)
    t.equal(done.code, 0, done.err)
    silent(`daybook ${kind} export`, readFileSync(file, 'utf8'))
  }
  silent('what the server wrote, at its most talkative', server.output)
  t.ok(server.output.includes('"answered"'), 'which is more than nothing')
  for (const place of [server.dataDir, join(shared.dataDir, 'postgres', 'log')]) {
    for (const name of readdirSync(place, { recursive: true, encoding: 'utf8' })) {
      const path = join(place, name)
      if (statSync(path).isFile()) silent(path, readFileSync(path, 'utf8'))
    }
  }
}

/** A backup of before, and the list of erasures since. */
async function assertRestored(
  t: Test,
  log: (typeof bothLogs)[number],
  backup: string,
  { list, shared }: { readonly list: string; readonly shared: SharedLog },
): Promise<void> {
  for (const name of readdirSync(backup, { recursive: true, encoding: 'utf8' })) {
    const path = join(backup, name)
    if (!statSync(path).isFile()) continue
    const bytes = readFileSync(path)
    const text = name.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
    t.notOk(
      GONE.some((form) => text.includes(form)),
      name,
    )
  }
  const masterKey = shared.environment['DAYBOOK_MASTER_KEY'] ?? ''
  const anew = await sharedLog(t, log, { DAYBOOK_MASTER_KEY: masterKey })
  if (anew === undefined) return
  const server = anew.server()
  const words = ['restore', '--from', backup, '--erasures', list]
  const restored = await server.daybook(...words)
  t.equal(restored.code, 0, restored.err)
  await server.start()
  await settled(server)
  await assertNowhere(t, anew)
  await server.stop()
}
