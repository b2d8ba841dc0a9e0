import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { LogUnavailable } from '#log/errors.ts'
import { nodeProcess, testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

t.test('without a server, calls end at their deadline, telling when to come back', async (t) => {
  const store = testStore(t, 'esdb://127.0.0.1:1?tls=false', 300)
  const unavailable = { name: 'LogUnavailable', retryAfterSeconds: 1 }
  const began = Date.now()
  await t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), unavailable)
  await t.rejects(Array.fromAsync(store.readStream('sale-main.1')), unavailable)
  await t.rejects(store.head(), unavailable)
  t.ok(Date.now() - began < 10_000, 'not the usual deadline')
})

t.test(
  'a server that accepts and says nothing is not waited for beyond the deadline',
  async (t) => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => {
      sockets.push(socket.on('error', () => {}))
    })
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.teardown(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const store = testStore(t, `esdb://127.0.0.1:${port}?tls=false`, 300)
    const began = Date.now()
    await Promise.all([
      t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), LogUnavailable),
      t.rejects(store.head(), LogUnavailable),
    ])
    t.ok(Date.now() - began < 10_000)
    const url = `esdb+discover://127.0.0.1:${port}?tls=false&gossipTimeout=60`
    const finding = testStore(t, url, 300)
    await t.rejects(finding.readBytes({ stream: 'sale-main.1', revision: 0 }), LogUnavailable)
    t.ok(Date.now() - began < 30_000, 'nor while a node is looked for')
  },
)

t.test('the same events twice at once: both callers get the first outcome', async (t) => {
  const node = await testNode(t, { settleMs: 500 })
  const store = testStore(t, node.connectionString)
  const events = newEvents(2)
  const append = () => store.append('sale-main.1', events, 'no_stream')
  const [first, second] = await Promise.all([append(), append()])
  t.strictSame(second, first)
  t.equal((await Array.fromAsync(store.readStream('sale-main.1'))).flat().length, 2)
})

t.test('the broken connection of one store leaves those of others alone', async (t) => {
  const [broken, sound] = await Promise.all([nodeProcess(t), nodeProcess(t)])
  const lost = testStore(t, broken.connectionString, 3000)
  const kept = testStore(t, sound.connectionString)
  await lost.append('sale-main.1', [newEvent()], 'no_stream')
  const streams = Array.from({ length: 64 }, (_, i) => `sale-main.${i + 2}`)
  const appends = (store: typeof kept) =>
    Promise.allSettled(streams.map((stream) => store.append(stream, [newEvent()], 'no_stream')))
  const outcomes = Promise.all([appends(lost), appends(kept)])
  await broken.kill()
  const [ofLost, ofKept] = await outcomes
  t.ok(ofKept.every(({ status }) => status === 'fulfilled'))
  for (const outcome of ofLost) {
    if (outcome.status === 'rejected') t.type(outcome.reason, LogUnavailable)
  }
})

t.test('closing', async (t) => {
  const node = await testNode(t, { settleMs: 60_000 })
  const store = testStore(t, node.connectionString)
  const event = newEvent()
  await store.append('sale-main.1', [event], 'no_stream')
  const waiting = store.append('sale-main.1', [event], 'no_stream')
  const subscription = store.subscribe({ signal: new AbortController().signal })
  const watching = Array.fromAsync(subscription)
  const refused = t.rejects(waiting, { name: 'LogUnavailable', message: /closed/ })
  await sleep(50)
  await store.close()
  await refused
  t.ok(await watching, 'ends subscriptions quietly')
  await t.rejects(store.append('sale-main.2', [newEvent()], 'no_stream'), LogUnavailable)
})
