import t from 'tap'
import { appendUnderKills } from '#test/support/append-under-kills.ts'
import { nodeProcess, testStore } from '#test/support/eventstoredb.ts'

const LOAD = { writers: 64, appendsEach: 400, kills: 12, awayMs: 200 }

t.test('25,600 appends, 12 kills: each event once, for writers and subscriber', async (t) => {
  const server = await nodeProcess(t)
  const store = testStore(t, server.connectionString, 60_000)
  const survived = await appendUnderKills(store, server, LOAD)

  const log = (await Array.fromAsync(store.readAll())).flat()
  t.equal(log.length, LOAD.writers * LOAD.appendsEach)
  for (const [stream, ids] of survived.acknowledged) {
    const stored = log.filter((event) => event.stream === stream)
    t.strictSame(
      stored.map((event) => event.id),
      ids,
      `${stream} holds each event once`,
    )
  }
  t.strictSame(
    survived.seen.map((event) => event.id),
    log.map((event) => event.id),
    'the subscriber saw the whole log in order',
  )
  // A kill that comes before it follows again is not told apart from the one before.
  t.ok(survived.reconnections >= LOAD.kills / 2)
})
