import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { appendInOrder } from '#log/append-in-order.ts'
import { summariseLog } from '#log/export.ts'
import { nodeProcess } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'
import { privatePostgres } from '#test/support/private-postgres.ts'
import { TestServer } from '#test/support/server.ts'

const HISTORY = 6000
const KILLS = 4

function* history() {
  const revisions = new Map<string, number>()
  for (let i = 0; i < HISTORY; i++) {
    const stream = `sale-main.${((i >> 1) * 31) % 997}`
    const revision = (revisions.get(stream) ?? -1) + 1
    revisions.set(stream, revision)
    yield { ...newEvent({ i, text: 'x'.repeat(200) }), stream, revision }
  }
}

t.test('a copy killed again and again, under writes, is whole in the end', async (t) => {
  const { url } = await privatePostgres(t)
  const { connectionString } = await nodeProcess(t)
  const { roles } = await migrate(url)
  const connections = { reader: 2, writer: 4, engine: 2 }
  const database = postgresDatabase({ url, roles, connections, queryDeadlineMs: 60_000 })
  t.teardown(() => database.close())
  const log = new PostgresEventStore({ database, deadlineMs: 60_000 })
  t.teardown(() => log.close())
  const there = new EventStoreDbEventStore({ connectionString, deadlineMs: 60_000 })
  t.teardown(() => there.close())
  await appendInOrder(log, history())

  const command = new TestServer({ DATABASE_URL: url })
  t.teardown(() => command.remove())
  const written = new AbortController()
  const writers = [1, 2, 3, 4].map(async (writer) => {
    for (let i = 0; !written.signal.aborted; i++) {
      await log.append(`wallet-main.${writer}`, newEvents(2), i === 0 ? 'no_stream' : 2 * i - 1)
      await sleep(100)
    }
  })
  const words = ['--json', 'log', 'copy', '--from', 'postgres', '--to', connectionString]
  const reached: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const child = command.spawnDaybook(...words)
    const before = await countOf(there)
    const gone = once(child, 'exit')
    // In the middle of it: after it has added something, wherever it is then.
    while ((await countOf(there)) < before + 200 && child.exitCode === null) await sleep(20)
    await sleep(Math.random() * 200)
    t.equal(child.exitCode, null, 'it was at work')
    child.kill('SIGKILL')
    await gone
    reached.push(await countOf(there))
  }
  t.comment(`killed at ${reached.join(', ')} events`)
  const last = await command.daybook(...words, '--once')
  t.equal(last.code, 0, last.err)
  written.abort()
  await Promise.all(writers)
  const whole = await command.daybook(...words, '--switch')
  t.equal(whole.code, 0, whole.err)
  const { proof, alreadyThere, switched } = JSON.parse(whole.out)
  t.comment(`writes stood still for ${Math.round(switched.pauseMs)} ms`)
  t.ok(alreadyThere >= HISTORY)
  t.same(proof, await summariseLog(log))
  t.same(proof, await summariseLog(there))

  const compared = await command.daybook('log', 'compare', ...words.slice(3))
  t.equal(compared.code, 0, compared.err)
  t.match(compared.out, `SHA-256 ${proof.sha256}`)
  await there.append('sale-main.later', [newEvent()], 'no_stream')
  const different = await command.daybook('log', 'compare', ...words.slice(3))
  t.equal(different.code, 4)
  t.match(different.out, `event ${proof.count + 1} (SaleRecorded `)
  t.match(different.out, 'sale-main.later@0')
})

/** How many events of ours a log holds, by its last stream of pages. */
async function countOf(store: EventStoreDbEventStore): Promise<number> {
  let count = 0
  for await (const page of store.readAll()) count += page.length
  return count
}
