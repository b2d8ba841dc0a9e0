import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import type { ServeOptions } from '#test/support/eventstoredb-node/serve.ts'
import {
  certificateFile,
  testCluster,
  testNode,
  testStore,
  tlsOf,
} from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'

const users = { admin: 'pa/ss w@rd%', guest: 'guest' }
const asAdmin = `admin:${encodeURIComponent(users.admin)}@`
const ca = `tlsCAFile=${encodeURIComponent(certificateFile('ca'))}`

/** Address and options as they stand in a connection string; the user goes between. */
async function secured(t: Test, options: ServeOptions = { tls: tlsOf('node'), users }) {
  const { port } = await testNode(t, options)
  return (user: string, more = `?${ca}`, host = '127.0.0.1') =>
    `esdb://${user}${host}:${port}${more}`
}

const SOON_MS = 300

/** What keeps a log from being used, told at the deadline or before. */
async function obstacle(t: Test, connectionString: string, deadlineMs = 15_000): Promise<string> {
  try {
    await testStore(t, connectionString, deadlineMs).check()
  } catch (error) {
    const { name, message } = error as Error
    t.equal(name, 'EventStoreDbUnusable')
    t.notMatch(message, users.admin)
    t.notMatch(message, encodeURIComponent(users.admin))
    return message
  }
  return 'none'
}

async function worksWith(t: Test, connectionString: string): Promise<void> {
  const store = testStore(t, connectionString)
  await store.check()
  const events = [newEvent()]
  const { position } = await store.append('sale-main.1', events, 'no_stream')
  t.equal(await store.head(), position)
  for await (const batch of store.subscribe({ signal: new AbortController().signal })) {
    if (batch.events.length === 0) continue
    t.equal(batch.events[0]?.id, events[0]?.id)
    break
  }
}

t.test('with a CA file, a user and a password, the log is read and written', async (t) => {
  const at = await secured(t)
  await worksWith(t, at(asAdmin))
})

t.test('a host by name; a path from the folder that the program runs in', async (t) => {
  const at = await secured(t)
  const file = 'test/support/eventstoredb-node/certificates/ca.crt'
  await worksWith(t, at(asAdmin, `/?tlsCAFile=${file}`, 'localhost'))
})

t.test('a certificate that nobody vouches for, when that is asked for', async (t) => {
  const at = await secured(t)
  await worksWith(t, at(asAdmin, '?tlsVerifyCert=false'))
})

t.test('a cluster: the leader is found and spoken to over TLS', async (t) => {
  const cluster = await testCluster(t, { node: { tls: tlsOf('node'), users } })
  const [scheme, rest = ''] = cluster.connectionString.split('//')
  await worksWith(t, `${scheme}//${asAdmin}${rest}&${ca}`)
})

t.test('a wrong password, and none', async (t) => {
  const at = await secured(t)
  t.match(await obstacle(t, at('admin:wrong@')), /refused the user admin.*EVENTSTOREDB_URL/)
  t.match(await obstacle(t, at('')), /without a user: give one in EVENTSTOREDB_URL/)
})

t.test('a password that is changed under a running program', async (t) => {
  const passwords: Record<string, string> = { ...users }
  const at = await secured(t, { tls: tlsOf('node'), users: passwords })
  const store = testStore(t, at(asAdmin))
  await store.append('sale-main.1', [newEvent()], 'no_stream')
  passwords['admin'] = 'another'
  const denied = { name: 'LogUnavailable', message: /refused the user or password/ }
  await t.rejects(store.head(), denied)
})

t.test('a CA that is not known', async (t) => {
  const at = await secured(t)
  t.match(await obstacle(t, at(asAdmin, '')), /not known here. Name the CA .* with tlsCAFile/)
  const other = `?tlsCAFile=${certificateFile('other-ca')}`
  t.match(await obstacle(t, at(asAdmin, other)), /other-ca.crt, .* holds another CA/)
})

t.test('a certificate for another name, and one that has expired', async (t) => {
  const elsewhere = await secured(t, { tls: tlsOf('other-name') })
  t.match(await obstacle(t, elsewhere('')), /127.0.0.1:\d+ is for another name/)
  const old = await secured(t, { tls: tlsOf('expired') })
  t.match(await obstacle(t, old('')), /has expired/)
})

t.test('one side speaks TLS and the other does not', async (t) => {
  const plain = await secured(t, {})
  t.match(await obstacle(t, plain(asAdmin)), /does not speak TLS. Add tls=false/)
  const secure = await secured(t)
  t.match(await obstacle(t, secure(asAdmin, '?tls=false')), /wants TLS: take tls=false out/)
})

t.test('a host that cannot be reached, alone and among others', async (t) => {
  const nobody = /127.0.0.1:1 cannot be reached \(ECONNREFUSED\). Start it, or mend/
  t.match(await obstacle(t, `esdb://${asAdmin}127.0.0.1:1?tls=false`, SOON_MS), nobody)
  t.match(await obstacle(t, 'esdb://127.0.0.1:1,127.0.0.1:1?tls=false', SOON_MS), nobody)
  const nowhere = await obstacle(t, 'esdb://nowhere.invalid?tls=false', SOON_MS)
  t.match(nowhere, /nowhere.invalid:2113 cannot be reached/)
})

t.test('a server that is started a little later is waited for', async (t) => {
  const { port } = await testNode(t)
  const late = createServer((socket) => socket.pipe(connect(port, '127.0.0.1')).pipe(socket))
  late.listen(0, '127.0.0.1')
  await once(late, 'listening')
  const address = late.address()
  const free = typeof address === 'object' ? address?.port : 0
  late.close()
  await once(late, 'close')
  late.on('error', () => setTimeout(() => late.listen(free, '127.0.0.1'), 50))
  const checking = testStore(t, `esdb://127.0.0.1:${free}?tls=false`).check()
  setTimeout(() => late.listen(free, '127.0.0.1'), 200)
  await checking
  t.pass('it is used')
  late.close()
})

t.test('a cluster in which nobody leads', async (t) => {
  const cluster = await testCluster(t)
  cluster.believedLeader = undefined
  t.match(await obstacle(t, cluster.connectionString, SOON_MS), /no node of it leads/)
})

t.test('files that cannot be used', async (t) => {
  const open = (option: string) => () =>
    new EventStoreDbEventStore({ connectionString: `esdb://host?${option}` })
  const unusable = (message: RegExp) => ({ name: 'EventStoreDbUnusable', message })
  t.throws(open('tlsCAFile=nowhere.crt'), unusable(/names nowhere.crt, which cannot be read/))
  t.throws(open('tlsCAFile=package.json'), unusable(/package.json, which holds no certificate/))
  t.throws(open(`userCertFile=${certificateFile('node')}&userKeyFile=no.key`), unusable(/no.key/))
})
