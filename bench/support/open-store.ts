import process from 'node:process'
import { pino } from 'pino'
import { openDatabase } from '#adapters/database/open-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { type Config, readConfig } from '#config'
import { composeDaybook, type Daybook } from '../../src/composition.ts'

const logger = pino({ level: 'warn' }, pino.destination(2))

function configOf(databaseUrl: string | undefined): Config {
  // Here the log is in PostgreSQL, wherever a server of EventStoreDB may be.
  return readConfig({
    ...process.env,
    DATABASE_URL: databaseUrl,
    EVENTSTOREDB_URL: '',
    // Requests are counted, and delays measured, as they usually are, and no load is too much.
    DAYBOOK_CALLER_REQUESTS_PER_MINUTE: '1000000000',
    DAYBOOK_ADDRESS_REQUESTS_PER_MINUTE: '1000000000',
    DAYBOOK_REQUESTS_AT_ONCE: '1000000',
    DAYBOOK_EVENT_LOOP_DELAY_MS: '600000',
  })
}

/** Daybook's own database and log on the server that the bench started, as a side opens them. */
export async function openStore(databaseUrl = process.env['BENCH_DATABASE_URL']) {
  const database = await openDatabase(configOf(databaseUrl), { log: logger, what: 'bench' })
  return { database, store: new PostgresEventStore({ database }) }
}

/** All that a server or command line would be made of, over the same. */
export async function openBenchDaybook(
  databaseUrl = process.env['BENCH_DATABASE_URL'],
): Promise<Daybook> {
  const config = configOf(databaseUrl)
  return composeDaybook(config, logger, await openDatabase(config, { log: logger, what: 'bench' }))
}
