import assert from 'node:assert/strict'
import pino from 'pino'
import t from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import type { EventCodec } from '#log/codec.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import type { EventStore } from '#log/event-store.ts'
import { projectionsWith } from '#projections/all.ts'
import { createEngine } from '#projections/engine/engine.ts'
import type { FoldedEvent, Projection, Row } from '#projections/engine/projection.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { keyColumns, tableName } from '#projections/engine/schema.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { longStory } from './company.ts'
import { foldAll, recorded, type Told } from './fold-runner.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'

const projections = projectionsWith(testKeyedHash)

/** West of Greenwich, where the day of what is recorded just after midnight UTC is the day before. */
const created: Told = {
  stream: ['settings', 'settings'],
  event: {
    type: 'OrganisationCreated',
    data: {
      organisation: 'main',
      name: 'Corner Shop',
      timeZone: 'Pacific/Honolulu',
      baseCurrency: 'USD',
      language: 'en',
    },
  },
}
const handedOver: Told = {
  event: {
    type: 'CustomerDetailsChanged',
    data: { customerId: 'c-1', agent: 'bob', agentBefore: 'ann' },
  },
}

// Every sixth event is of another organisation, whose books must stay apart.
const story = longStory(21).map((told, index) =>
  index % 6 === 5 ? { ...told, organisation: 'other' } : told,
)
const events = recorded([created, ...story, handedOver])

async function append(
  store: EventStore,
  codec: EventCodec,
  some: readonly FoldedEvent[],
): Promise<void> {
  for (const { id, type, data, metadata, stream, revision } of some) {
    const event = { type, data } as FoldedEvent
    const [encoded] = await codec.encode([{ id, event, metadata }])
    if (encoded === undefined) throw new Error('nothing was encoded')
    await store.append(stream, [encoded], revision === 0 ? 'no_stream' : revision - 1)
  }
}

async function caughtUp(engine: ProjectionEngine, store: EventStore): Promise<void> {
  const head = await store.head()
  if (head === undefined) throw new Error('the log is empty')
  for (const { name } of projections) {
    const { reached } = await engine.waitFor(name, head, 20_000)
    if (!reached) throw new Error(`${name} lags: ${JSON.stringify(await engine.status())}`)
  }
}

/** What stands in a projection's live tables, in the order of their keys. */
async function standing(database: Database, projection: Projection) {
  const tables: Record<string, readonly Row[]> = {}
  for (const table of projection.tables) {
    const order = keyColumns(table).map((column) => `"${column}"`)
    const { rows } = await database.engine.query<Row>(
      `select * from ${tableName(projection, 'live', table)} order by ${order.join(', ')}`,
    )
    tables[table.name] = rows
  }
  return tables
}

/** What should stand there: the folds of the events, without an engine. */
function expected(projection: Projection, some: readonly FoldedEvent[]) {
  const folded = foldAll(projection, some)
  return Object.fromEntries(
    projection.tables.map((table) => {
      const rows: readonly Row[] = (folded[table.name] ?? []).map(({ organisation, row }) => ({
        organisation,
        ...row,
      }))
      return [table.name, rows.toSorted((a, b) => compareKeys(keyColumns(table), a, b))]
    }),
  )
}

/** As PostgreSQL orders keys: numbers as numbers, texts by their characters. */
function compareKeys(columns: readonly string[], a: Row, b: Row): number {
  for (const column of columns) {
    const [left, right] = [String(a[column]), String(b[column])]
    if (left === right) continue
    const numbers = /^\d+$/.test(left) && /^\d+$/.test(right)
    return (numbers ? BigInt(left) < BigInt(right) : left < right) ? -1 : 1
  }
  return 0
}

t.test('live, rebuilt and verified, the tables are the folds of the log', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  const codec = createCodec(new InMemoryKeyRing())
  const engine = createEngine({
    store,
    codec,
    database,
    projections,
    logger: pino({ level: 'silent' }),
  })
  t.teardown(async () => {
    await engine.stop()
    await store.close()
  })
  const half = Math.floor(events.length / 2)
  const same = async (some: readonly FoldedEvent[], when: string) => {
    for (const projection of projections) {
      const stands = await standing(database, projection)
      const should = expected(projection, some)
      // Thousands of rows: tap's own comparison would take seconds.
      t.doesNotThrow(() => assert.deepEqual(stands, should), `${projection.name} ${when}`)
    }
  }
  await engine.start()
  await append(store, codec, events.slice(0, half))
  await caughtUp(engine, store)
  await same(events.slice(0, half), 'live')
  await append(store, codec, events.slice(half))
  await caughtUp(engine, store)
  await same(events, 'live, half of it later')

  const job = await engine.rebuild(projections.map(({ name }) => name))
  t.match(
    (await job.done).map(({ projection, state, compared }) => [projection, state, compared?.equal]),
    projections.map(({ name }) => [name, 'done', true]),
  )
  await same(events, 'rebuilt')
  await (await engine.rebuild(['analytics'])).done
  await same(events, 'rebuilt by itself')
  for (const { name } of projections)
    t.match(await engine.verify(name), { equal: true, findings: [] })
})
