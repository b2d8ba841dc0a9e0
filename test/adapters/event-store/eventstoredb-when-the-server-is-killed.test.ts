import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { EventStore } from '#log/event-store.ts'
import { appendUnderKills } from '#test/support/append-under-kills.ts'
import { nodeProcess, testStore } from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'

const LOAD = { writers: 64, appendsEach: 20, kills: 2, awayMs: 50 }

async function idsOf(store: EventStore, stream: string): Promise<string[]> {
  const pages = await Array.fromAsync(store.readStream(stream))
  return pages.flat().map((event) => event.id)
}

t.test('64 appends in flight: each gets a verdict, none is lost, none doubled', async (t) => {
  const server = await nodeProcess(t)
  const store = testStore(t, server.connectionString)
  const survived = await appendUnderKills(store, server, LOAD)

  for (const { before, away } of survived.atKills) {
    t.ok(before < LOAD.writers * LOAD.appendsEach, `killed after ${before}, the others waiting`)
    t.equal(away, before, 'nothing is acknowledged while there is no server')
  }
  for (const [stream, ids] of survived.acknowledged) {
    t.strictSame(await idsOf(store, stream), ids, `${stream} holds each event once`)
  }
  // Who is about to begin anew when the server is killed again is not dropped a second time.
  t.ok(survived.reconnections > 0, 'the subscriber was dropped')
  const log = (await Array.fromAsync(store.readAll())).flat().map((event) => event.id)
  const seen = survived.seen.map((event) => event.id)
  t.strictSame(seen, log, 'and saw the whole log, in order, without a gap or a repeat')
  t.equal(log.length, LOAD.writers * LOAD.appendsEach)
})

t.test('reads go on where the server comes back in time', async (t) => {
  const server = await nodeProcess(t)
  const store = testStore(t, server.connectionString)
  await store.append('sale-main.1', [newEvent()], 'no_stream')
  await server.kill()
  const reading = idsOf(store, 'sale-main.1')
  const head = store.head()
  await sleep(100)
  await server.start()
  t.equal((await reading).length, 1)
  t.ok(await head)
})
