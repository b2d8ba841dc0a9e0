import { tmpdir } from 'node:os'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { createEngine } from '#projections/engine/engine.ts'
import { plainCodec } from '#test/projections/engine/support/history.ts'
import { contacts, notes } from '#test/projections/engine/support/toy-projections.ts'

/**
 * An engine in a process of its own, `engine-process.ts URL`, that follows the log and rebuilds again
 * and again what nobody else is rebuilding, until it is killed.
 */
const [url = ''] = process.argv.slice(2)

/** PostgreSQL may be down at the moment this process starts: a supervisor would start it again. */
async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await delay(200)
    }
  }
}

const { roles } = await insist(() => migrate(url))
const database = postgresDatabase({
  url,
  roles,
  connections: { reader: 2, writer: 2, engine: 4 },
  queryDeadlineMs: 15_000,
})
const store = new PostgresEventStore({ database, deadlineMs: 60_000 })
const engine = createEngine({
  store,
  codec: plainCodec(),
  database,
  projections: [contacts, notes],
  logger: pino({ level: 'silent' }),
  memoryBytes: 50_000,
  spillDirectory: tmpdir(),
})
const swallow = (): undefined => undefined
await insist(() => engine.start())
process.send?.('started')
for (;;) {
  await delay(300)
  const job = await engine.rebuild(['toy_contacts', 'toy_notes']).catch(swallow)
  const reports = await job?.done
  if (reports?.every(({ state }) => state === 'done') === true) process.send?.('rebuilt')
}
