import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { seed } from '#test/support/fuzz/seed.ts'
import { dig, eventually, installation, pick, type TestServer } from '#test/support/server.ts'
import { found } from './support/answers.ts'
import { disguises } from './support/disguises.ts'
import { rowsWith } from './support/every-table.ts'
import { bothLogs } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

const customers = '/api/crm/customers'
/** Less than a key would be remembered for: another process must have been told. */
const TOLD_WITHIN_MS = 30_000

/** What is known of a customer, and nobody else would have. */
interface Person {
  readonly name: string
  readonly phone: string
  readonly email: string
  readonly note: string
}

function person(): Person {
  const token = randomBytes(5).toString('hex')
  const digits = String(BigInt(`0x${token}`)).padStart(13, '0')
  return {
    name: `Perpetua Quill${token}`,
    phone: `+44 ${digits.slice(0, 4)} ${digits.slice(4)}`,
    email: `q.${token}@vane-example.org`,
    note: `Rings the ${token}bell twice`,
  }
}

/** Parts of it in every form, so that a part of a value is found as well. */
function formsOf({ name, phone, email, note }: Person): readonly string[] {
  const digits = phone.replaceAll(/\D/g, '')
  const [, surname = name] = name.split(' ')
  const texts = [surname, phone.slice(4), digits, email.split('@')[0] ?? email, note.slice(10, 24)]
  return texts.flatMap(disguises)
}

for (const log of bothLogs) {
  t.test(`who is deleted stands nowhere any more, the log in ${log.name}`, async (t) => {
    const shared = await sharedLog(t, log, { LOG_LEVEL: 'trace' })
    if (shared === undefined) return
    const [first, second] = [shared.server(), shared.server()]
    await Promise.all([first.start(), second.start()])
    const stays = person()
    const kept = await register(first, stays)
    await first.post('/api/finance/sales', { customerId: kept, saleAmount: '12.00' })
    await keepOldTables(shared, first)

    const gone: Person[] = []
    gone.push(await everybodyHearsOfIt(t, first, second))
    gone.push(...(await whateverTheirHistory(t, shared, first)))
    gone.push(await killedInBetween(t, shared, first, second))

    await settled(second)
    await assertNowhere(t, shared, gone, stays)
    await second.call('POST', '/api/projections/rebuild', { caller: installation })
    const rebuilds = await rebuilt(second)
    t.same(
      rebuilds.filter(({ equal }) => equal === false),
      [],
      'a rebuild makes the same',
    )
    await assertNowhere(t, shared, gone, stays)
    await second.stop()
    await assertFiles(t, shared, [first, second], gone)
  })
}

async function register(server: TestServer, about: Person, more: object = {}): Promise<string> {
  const answer = await server.post(customers, { ...about, ...more })
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return pick(answer, 'data', 'id')
}

async function remove(server: TestServer, id: string): Promise<void> {
  const body = { reason: 'asked_by_person' }
  const answer = await server.call('DELETE', `${customers}/${id}`, { body })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
}

const historyOf = async (server: TestServer, id: string): Promise<string> =>
  JSON.stringify((await found(server, `/api/streams/customer-main.${id}/history`)).body)

/** What a rebuild replaces is kept where it differed, and followed from then on. */
async function keepOldTables({ database }: SharedLog, server: TestServer): Promise<void> {
  await settled(server)
  await database.engine.query('update crm_customers.customer set sales = sales + 1')
  await server.call('POST', '/api/projections/rebuild', { caller: installation })
  await rebuilt(server)
}

/** Both processes have read who it is, and remember the key. */
async function everybodyHearsOfIt(t: Test, first: TestServer, second: TestServer) {
  const about = person()
  const id = await register(first, about, { number: 'K-1' })
  // So often that a state is kept beside the stream.
  for (let i = 0; i < 120; i++) {
    await first.call('PATCH', `${customers}/${id}`, { body: { ...about, source: `s${i}` } })
  }
  await settled(first)
  for (const server of [first, second]) {
    t.ok((await historyOf(server, id)).includes(about.name), 'read here')
    await found(server, `${customers}?search=${encodeURIComponent(about.name)}`)
  }
  await remove(first, id)
  t.notOk((await historyOf(first, id)).includes(about.name), 'where it was deleted: at once')
  const isErased = async () => !(await historyOf(second, id)).includes(about.name)
  await eventually('the other process was told', isErased, TOLD_WITHIN_MS)
  t.equal((await first.post(customers, { name: 'Ann', number: 'K-1' })).status, 201)
  return about
}

const step = fc.oneof(
  fc.constantFrom('name', 'phone', 'email', 'note').map((field) => ({ personal: field })),
  fc.constantFrom('ann', 'bob').map((agent) => ({ body: { agent } })),
  fc.constantFrom('lead', 'active', 'closed').map((status) => ({ status })),
  fc.nat({ max: 999 }).map((amount) => ({ body: { budget: { amount, currency: 'SAR' } } })),
  fc.constantFrom('phone', 'email', 'note').map((field) => ({ body: { [field]: null } })),
)
type Step = { readonly personal?: string; readonly body?: object; readonly status?: string }

/** Customers without sales, whatever else happened to them; each time some are deleted and figures stay. */
async function whateverTheirHistory(t: Test, shared: SharedLog, server: TestServer) {
  const gone: Person[] = []
  const histories = fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 6 })
  const holds = fc.asyncProperty(histories, async (all) => {
    const ids: string[] = []
    const people: Person[] = []
    for (const steps of all) {
      const about = person()
      people.push(about)
      ids.push(await live(server, about, steps, people))
    }
    await settled(server)
    const before = await figures(server)
    await Promise.all(ids.map((id) => remove(server, id)))
    gone.push(...people)
    await settled(server)
    t.strictSame(await figures(server), before, 'figures and statistics are unchanged')
    const { places } = await rowsWith(shared.database, people.flatMap(formsOf))
    t.same(places, [], `${people.length} people of ${ids.length} customers stand nowhere`)
    for (const id of ids) t.equal((await server.get(`${customers}/${id}`)).status, 404)
  })
  await fc.assert(holds, { numRuns: 3, endOnFailure: true, seed })
  return gone
}

async function live(
  server: TestServer,
  about: Person,
  steps: readonly Step[],
  people: Person[],
): Promise<string> {
  const id = await register(server, about)
  for (const { personal, body, status } of steps) {
    const next = person()
    if (personal !== undefined) people.push(next)
    const change = personal === undefined ? body : { [personal]: Reflect.get(next, personal) }
    const answer =
      status === undefined
        ? await server.call('PATCH', `${customers}/${id}`, { body: change })
        : await server.call('PUT', `${customers}/${id}/status`, { body: { status } })
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  }
  return id
}

async function figures(server: TestServer): Promise<readonly unknown[]> {
  const paths = [
    '/api/ledger/trial-balance',
    '/api/finance/stats',
    '/api/analytics/snapshots?to=2099-12-31',
  ]
  return Promise.all(paths.map(async (path) => dig(await found(server, path), 'data')))
}

/** The event is in the log, the key is not destroyed yet, and the process is gone. */
async function killedInBetween(
  t: Test,
  { database }: SharedLog,
  first: TestServer,
  second: TestServer,
) {
  const about = person()
  const id = await register(first, about, { number: 'K-2' })
  await settled(second)
  t.ok((await historyOf(second, id)).includes(about.name))
  const holder = await database.connect('writer')
  await holder.query('begin')
  await holder.query('select from daybook.subject_key where subject = $1 for update', [
    `main/${id}`,
  ])
  const cutOff = remove(first, id).then(
    () => 'answered',
    () => 'not answered',
  )
  const isDeleted = async () => (await historyOf(second, id)).includes('CustomerDeleted')
  await eventually('the event is there', isDeleted, 60_000)
  await first.stop('SIGKILL')
  t.equal(await cutOff, 'not answered')
  await holder.query('rollback')
  await holder.end()
  const isErased = async () => !(await historyOf(second, id)).includes(about.name)
  await eventually('another process completes it', isErased, 120_000)
  const isFree = async () =>
    (await second.post(customers, { name: 'Ann', number: 'K-2' })).status === 201
  await eventually('the number is free', isFree, 60_000)
  return about
}

/** Who stays is found where they are, or else nothing would be proved by not finding the others. */
async function assertNowhere(
  t: Test,
  { database }: SharedLog,
  gone: readonly Person[],
  stays: Person,
) {
  const forms = gone.flatMap(formsOf)
  const { places, tables } = await rowsWith(database, [...forms, ...formsOf(stays)])
  const told = places.filter(({ row }) => forms.some((form) => row.includes(form)))
  t.same(told, [], `0 hits in ${tables.length} tables for ${forms.length} texts`)
  const shown = new Set(places.map(({ table }) => table))
  t.ok(shown.has('crm_customers.customer') && shown.has('crm_customers__kept.customer'))
}

async function assertFiles(
  t: Test,
  shared: SharedLog,
  servers: readonly TestServer[],
  gone: readonly Person[],
) {
  const forms = gone.flatMap(formsOf)
  const silent = (what: string, text: string): void => {
    const told = forms.filter((form) => text.includes(form))
    t.same(told, [], `${what} tells nothing`)
  }
  const [{ dataDir }] = servers as readonly [TestServer]
  const [server] = servers as readonly [TestServer]
  for (const kind of ['log', 'keys']) {
    const exported = await server.daybook(kind, 'export', join(dataDir, `${kind}.ndjson`))
    t.equal(exported.code, 0, exported.err)
  }
  for (const { output } of servers) {
    silent('what the server wrote, at its most talkative', output)
    t.ok(output.includes('"answered"'), 'which is more than nothing')
  }
  for (const folder of [dataDir, join(shared.dataDir, 'postgres', 'log')]) {
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, file)
      if (statSync(path).isFile()) silent(path, readFileSync(path, 'utf8'))
    }
  }
}
