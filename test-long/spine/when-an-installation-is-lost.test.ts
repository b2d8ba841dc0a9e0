import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pino from 'pino'
import t, { type Test } from 'tap'
import { readConfig } from '#config'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { ReadHistory } from '#log/read-history.ts'
import type { Manifest } from '#cli/backup/manifest.ts'
import type { Restored } from '#cli/backup/restore-backup.ts'
import { nodeProcess } from '#test/support/eventstoredb.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { dig, eventually, owner, pick, stranger, type TestServer } from '#test/support/server.ts'
import { openDaybook } from '../../src/composition.ts'
import { allRows, found, longPages, type Row } from './support/answers.ts'
import { type Answered, DiligentCallers } from './support/diligent-callers.ts'
import { disguises } from './support/disguises.ts'
import { rowsWith } from './support/every-table.ts'
import type { Log } from './support/logs.ts'
import { settled } from './support/settled.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

/** Never a server of the user's own: this one is lost. */
const logs: readonly Log[] = [
  { name: 'PostgreSQL', environment: async () => ({}) },
  {
    name: 'EventStoreDB',
    environment: async (t) => ({ EVENTSTOREDB_URL: (await nodeProcess(t)).connectionString }),
  },
]

const perpetua = {
  name: 'Perpetua Quillfeather',
  phone: '+44 7700 900461',
  email: 'p.quillfeather@vane-example.org',
}
const FORMS = ['Quillfeather', '7700 900461', '7700900461', 'vane-example'].flatMap(disguises)

for (const log of logs) {
  t.test(`an installation is lost and restored elsewhere, the log in ${log.name}`, async (t) => {
    // What outlives the installation: the backup, the list of erasures, and the master key.
    const safe = dataFolder(t)
    mkdirSync(safe, { mode: 0o711 })
    const list = path.join(safe, 'erasures.ndjson')
    const backup = path.join(safe, 'backup')
    const environment = {
      DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64'),
      DAYBOOK_TOKENS: '',
      ...longPages,
    }
    const first = await sharedLog(t, log, { ...environment, DAYBOOK_ERASURES: list })
    const second = await sharedLog(t, log, environment)
    if (first === undefined || second === undefined) return
    const lost = await tradingUntilLost(t, first, backup)
    const { manifest } = lost
    const { ordinal } = manifest.log.head ?? { ordinal: 0 }

    const server = second.server()
    const refused = await server.daybook('restore', '--from', backup)
    t.match(refused, { code: 2, err: /give the list with --erasures/ })
    const words = ['restore', '--from', backup, '--erasures', list]
    const restoring = await server.daybook('--json', ...words)
    t.equal(restoring.code, 0, restoring.err)
    const restored = JSON.parse(restoring.out) as Restored
    t.match(restored, { erasedSince: 1, tokens: 'restored', manifest: { proof: manifest.proof } })
    t.match(await server.daybook(...words), { code: 1, err: /is not empty/ }, 'and not twice')

    await server.start()
    const ordinalNow = await settled(server)
    t.equal(ordinalNow >= ordinal, true)
    t.comment(
      `${ordinal} events restored, ${lost.events - ordinal} lost, ${ordinalNow - ordinal} reactions since`,
    )
    t.same(await historyOf(second.store, ordinal), lost.history, 'every event up to the head')
    t.same(await balanceAt(server, ordinal), lost.balance, 'the trial balance of the head')
    await assertAnswered(t, server, lost.before)
    t.equal(await settled(server), ordinalNow, 'which appended nothing')
    await assertReactions(t, server, second.store)
    await assertErased(t, server, second, lost.erased)
    const verified = await server.daybook('projections', 'verify')
    t.equal(verified.code, 0, verified.out + verified.err)
    const more = new DiligentCallers([server])
    await more.begin()
    await eventually('trading goes on', async () => more.answered.length > 100, 120_000)
    await more.end()
    await settled(server)
    await assertReactions(t, server, second.store)
  })
}

interface Lost {
  readonly manifest: Manifest
  /** Commands that had their answer when the backup was begun. */
  readonly before: readonly Answered[]
  /** Up to the head of the backup. */
  readonly history: object
  readonly balance: unknown
  readonly events: number
  /** The id of who was erased after the backup. */
  readonly erased: string
}

/** Trades, is backed up in the middle of it, trades on, erases somebody, and is gone. */
async function tradingUntilLost(t: Test, shared: SharedLog, backup: string): Promise<Lost> {
  const server = shared.server()
  writeFileSync(path.join(server.dataDir, 'tokens.json'), JSON.stringify([owner, stranger]), {
    mode: 0o600,
  })
  await server.start()
  const registered = await server.post('/api/crm/customers', perpetua)
  const erased = pick(registered, 'data', 'id')
  const sale = { customerId: erased, saleAmount: '12.00', paymentMethod: 'cash' }
  await server.post('/api/finance/sales', sale)
  const callers = new DiligentCallers([server])
  await callers.begin()
  const answered = (count: number) =>
    eventually(`${count} answers`, async () => callers.answered.length >= count, 300_000)
  await answered(250)
  const before = [...callers.answered]
  const taken = await server.daybook('--json', 'backup', '--to', backup)
  t.equal(taken.code, 0, taken.err)
  const manifest = JSON.parse(taken.out) as Manifest
  await answered(callers.answered.length + 150)
  await erase(server, erased)
  await callers.end()
  const events = await settled(server)
  const { ordinal } = manifest.log.head ?? { ordinal: 0 }
  t.ok(ordinal > 250 && ordinal < events, `the backup ends at ${ordinal} of ${events} events`)
  const balance = await balanceAt(server, ordinal)
  const history = await historyOf(shared.store, ordinal)
  t.match(history, { count: ordinal, sha256: manifest.log.sha256 }, 'the backup says what it holds')
  await server.stop('SIGKILL')
  await server.remove()
  return { manifest, before, history, balance, events, erased }
}

/** By a program beside the server, under its configuration. */
async function erase({ environment }: TestServer, id: string): Promise<void> {
  const logger = pino({ level: 'silent' })
  const daybook = await openDaybook(readConfig(environment), { logger, what: 'a test' })
  await daybook.keyRing.destroy(`main/${id}`)
  await daybook.close()
}

async function historyOf(store: EventStore, ordinal: number): Promise<object> {
  const history = new ReadHistory(store)
  for await (const page of store.readAll({ maxCount: ordinal })) {
    for (const event of page) history.add(event)
  }
  return history.summary()
}

async function balanceAt(server: TestServer, ordinal: number): Promise<unknown> {
  const { body } = await found(server, `/api/ledger/trial-balance?known_at=${ordinal}`)
  return dig({ status: 200, body }, 'data')
}

/** A command that was accepted before the backup is answered as the first time. */
async function assertAnswered(t: Test, server: TestServer, before: readonly Answered[]) {
  const accepted = before.filter(({ status }) => status === 201)
  const wrong: string[] = []
  for (const { path, key, answer, sent } of accepted) {
    const again = await server.call('POST', path, { body: sent, key })
    const [now, then] = [again, answer].map((one) => JSON.stringify(dig(one, 'data')))
    const isSame = again.status === 201 && now === then
    if (!isSame) wrong.push(`${path} ${key}: ${JSON.stringify(again.body)}`)
  }
  t.ok(accepted.length > 150, `${accepted.length} commands are sent again`)
  t.same(wrong, [])
}

/** Every customer who bought is closed, and no event was reacted to twice by the same process. */
async function assertReactions(t: Test, server: TestServer, store: EventStore): Promise<void> {
  const events: StoredEvent[] = []
  for await (const page of store.readAll()) events.push(...page)
  // What the program does to its own read models has no event that caused it.
  const reactions = events.filter(
    ({ metadata }) => metadata.actor.startsWith('process:') && metadata.$causationId !== undefined,
  )
  const asked = reactions.map(
    ({ type, stream, metadata }) => `${metadata.$causationId} ${metadata.actor} ${stream} ${type}`,
  )
  t.equal(new Set(asked).size, asked.length, `${asked.length} reactions, each once`)
  const buyers = new Set(
    events.flatMap(({ type, data }) => (type === 'SaleRecorded' ? [data['customerId']] : [])),
  )
  const customers = await allRows(server, '/api/crm/customers')
  const closed = customers.filter((row: Row) => row['status'] === 'closed')
  t.equal(closed.length, buyers.size, `${buyers.size} customers bought, and each is closed`)
}

/** Neither the new installation nor what is left of the old one tells anything of who was erased. */
async function assertErased(t: Test, server: TestServer, shared: SharedLog, id: string) {
  const { places, tables } = await rowsWith(shared.database, FORMS)
  t.same(places, [], `nothing in ${tables.length} tables`)
  const { body } = await server.get(`/api/crm/customers/${id}`)
  const exported = path.join(server.dataDir, 'log.ndjson')
  await server.daybook('log', 'export', exported)
  const texts = [JSON.stringify(body), readFileSync(exported, 'utf8'), server.output]
  t.ok(texts[1]?.includes(id), 'what happened to them is still in the log')
  t.same(
    FORMS.filter((form) => texts.some((text) => text.includes(form))),
    [],
  )
}
