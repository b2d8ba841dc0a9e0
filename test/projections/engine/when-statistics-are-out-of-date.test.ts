import t from 'tap'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { commandOutcomes } from '#projections/commands/command-outcomes.ts'
import type { Position } from '#log/event-store.ts'
import { followingConnection } from '#projections/engine/following-connection.ts'
import { LiveStatements } from '#projections/engine/live-statements.ts'
import { makeEmptyTables } from '#projections/engine/make-empty-tables.ts'
import { type Projection, table } from '#projections/engine/projection.ts'
import { readCheckpoint } from '#projections/engine/registry.ts'
import { TableWriter } from '#projections/engine/table-writer.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts, plainCodec } from './support/history.ts'

/** Statistics come late to tables that grow fast: these say that there is nothing. */
t.test('rows are looked up by their key, whatever the statistics say', async (t) => {
  const { database } = await testDatabase(t)
  const client = await followingConnection(database)
  t.teardown(() => client.end())
  await makeEmptyTables(client, commandOutcomes, 'postgres')
  await client.query('analyze command_outcomes.outcome')
  const [table] = commandOutcomes.tables
  if (table === undefined) throw new Error('There is no table to look at')
  const { text } = new LiveStatements(commandOutcomes, 'live').load(table)
  await client.query(`prepare loading as ${text}`)
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain execute loading ('{main}', '{c1}', '{sale-main.1}')`,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.match(plan, /Index Cond: .*organisation.*command_id.*stream/, plan)
})

type SeenRow = { readonly customer_id: string; readonly contacted_on: string }

const seen: Projection = {
  name: 'toy_seen',
  version: 1,
  tables: [
    table<SeenRow>({
      name: 'seen',
      columns: { customer_id: { type: 'text' }, contacted_on: { type: 'date' } },
      key: ['customer_id'],
      indexes: [['contacted_on']],
      on: {
        CustomerContacted: {
          keys: ({ data }) => [{ customer_id: data.customerId }],
          fold: (_, { data }) => ({
            customer_id: data.customerId,
            contacted_on: data.contactedOn,
          }),
        },
      },
    }),
  ],
}

t.test('a table that grows is looked up by its key, not by what did as well before', async (t) => {
  const { database } = await testDatabase(t)
  const client = await followingConnection(database)
  t.teardown(() => client.end())
  await makeEmptyTables(client, seen, 'postgres')
  const checkpoint = await readCheckpoint(client, seen.name, 'live')
  if (checkpoint === undefined) throw new Error('The tables were not made')
  const writer = await TableWriter.open(client, seen, 'live', checkpoint)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(1500, 2003))
  const stored = [...store.log]
  const read = [...(await plainCodec().decode(stored))]
  for (const [from, to] of [
    [0, 1],
    [1, 1000],
    [1000, 1500],
  ] as const) {
    const position = stored[to - 1]?.position ?? ('0' as Position)
    await writer.apply({ stored: stored.slice(from, to), read: read.slice(from, to), position })
  }
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain execute "load live seen" ('{main}', '{c1}')`,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.match(plan, /Index Cond: .*organisation.*customer_id/, plan)
})

t.test('commands find their outcomes as fast in a table that was empty just now', async (t) => {
  const { database } = await testDatabase(t)
  const { engine } = database
  const client = await followingConnection(database)
  t.teardown(() => client.end())
  await makeEmptyTables(client, commandOutcomes, 'postgres')
  await engine.query('analyze command_outcomes.outcome')
  const outcomes = createPostgresCommandOutcomes(database.writer)
  const find = (n: number) =>
    outcomes.find({ organisation: 'main', commandId: `c${n}`, stream: `sale-main.${n}` })
  // Often enough for PostgreSQL to settle on one plan.
  for (let n = 0; n < 10; n++) await find(n)
  await engine.query(`
    insert into command_outcomes.outcome
    select 'main', 'c' || n, 'sale-main.' || n, 0, 1, null, 'owner', now()
    from generate_series(1, 20000) as n`)
  const read = async () => {
    const { rows } = await engine.query<{ read: number }>(
      `select pg_stat_get_tuples_returned('command_outcomes.outcome'::regclass)::int as read`,
    )
    return rows[0]?.read ?? 0
  }
  const before = await read()
  t.match(await find(15_000), { outcome: { firstRevision: 0, lastRevision: 1 } })
  await database.writer.query('select pg_stat_force_next_flush()')
  t.equal(await read(), before, 'no row was read but through the index')
})
