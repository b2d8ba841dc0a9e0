import { tmpdir } from 'node:os'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { createEngine } from '#projections/engine/engine.ts'
import { plainCodec } from '#test/projections/engine/support/history.ts'
import { tally } from '#test/projections/engine/support/toy-projections.ts'

/**
 * An engine in a process of its own, `take-back-process.ts URL NEWEST`, that follows the log with the
 * versions up to the newest (1 or 2) and rebuilds, rolls back and drops without an end, until it is
 * killed.
 */
const [url = '', newest = ''] = process.argv.slice(2)
const { roles } = await migrate(url)
const database = postgresDatabase({
  url,
  roles,
  connections: { reader: 2, writer: 2, engine: 4 },
  queryDeadlineMs: 15_000,
})
const engine = createEngine({
  store: new PostgresEventStore({ database, deadlineMs: 60_000 }),
  codec: plainCodec(),
  database,
  projections: [newest === '1' ? tally(1) : tally(2, { previous: tally(1) })],
  logger: pino({ level: 'silent' }),
  memoryBytes: 50_000,
  spillDirectory: tmpdir(),
})
const NAME = 'toy_tally'
const deeds = {
  rebuilt: async () => {
    const [report] = await (await engine.rebuild([NAME])).done
    if (report?.state !== 'done') throw new Error('It was not rebuilt')
  },
  rolledBack: () => engine.rollback(NAME),
  dropped: () => engine.drop(NAME),
}

await engine.start()
process.send?.('started')
for (;;) {
  const chance = Math.random()
  const deed = chance < 0.3 ? 'rebuilt' : chance < 0.9 ? 'rolledBack' : 'dropped'
  await deeds[deed]().then(
    () => process.send?.(deed),
    () => undefined,
  )
  await delay(Math.random() * 100)
}
