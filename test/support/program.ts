import { randomBytes } from 'node:crypto'
import pino from 'pino'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { createPostgresKeptStates } from '#adapters/commands/postgres-kept-states.ts'
import type { Database } from '#adapters/database/database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import type { CommandHandler } from '#commands/handler.ts'
import type { EventCodec } from '#log/codec.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import type { EventStore } from '#log/event-store.ts'
import { commandOutcomes } from '#projections/commands/command-outcomes.ts'
import { createEngine } from '#projections/engine/engine.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { testNode, testStore } from './eventstoredb.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/** One program's share of a log and a database: a handler with empty caches, and what it stands on. */
export interface Program {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly handler: CommandHandler
  /** Of the outcomes of commands only; not started. */
  readonly engine: ProjectionEngine
}

/** The two logs, and how to open one beside a database. What is opened is closed when the test ends. */
export const logs: Readonly<
  Record<string, (t: Teardown, database: Database) => Promise<() => EventStore>>
> = {
  PostgreSQL: async (t, database) => () => {
    const store = new PostgresEventStore({ database })
    t.teardown(() => store.close())
    return store
  },
  EventStoreDB: async (t) => {
    const { connectionString } = await testNode(t)
    return () => testStore(t, connectionString)
  },
}

const masterKeys = new MasterKeys([randomBytes(32)])

/** Another program on the same database and log. */
export function program(t: Teardown, database: Database, store: EventStore): Program {
  const codec = createCodec(createPostgresKeyRing({ pool: database.writer, masterKeys }))
  const handler = createCommandHandler({
    store,
    codec,
    outcomes: createPostgresCommandOutcomes(database.writer),
    keptStates: createPostgresKeptStates(database.writer),
    warn(message, cause) {
      throw new Error(message, { cause })
    },
  })
  const logger = pino({ level: 'silent' })
  const engine = createEngine({ projections: [commandOutcomes], store, codec, database, logger })
  t.teardown(() => engine.stop())
  return { store, codec, handler, engine }
}

/** Returns when the table of outcomes knows all that the log holds now. */
export async function outcomesKnown({ engine, store }: Program): Promise<void> {
  const head = await store.head()
  if (head === undefined) return
  const { reached } = await engine.waitFor(commandOutcomes.name, head, 60_000)
  if (!reached) throw new Error(`Outcomes are behind: ${JSON.stringify(await engine.status())}`)
}
