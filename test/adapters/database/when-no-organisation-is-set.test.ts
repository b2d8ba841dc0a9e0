import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { schemaName } from '#projections/engine/schema-name.ts'
import { projections } from '#projections/all.ts'
import { makeBusiness } from '#test/api/a-business.ts'
import { testApi } from '#test/support/api.ts'
import { eventually, owner, stranger } from '#test/support/server.ts'

/** Row-level security of everything that the role of queries can see, as the catalogue has it. */

const api = await testApi(t)
const amounts = { sale: '51.03', topUp: '62.04', moreSales: 1 }
await makeBusiness(api, owner, 'zulu', amounts)
await makeBusiness(api, stranger, 'yank', amounts)
await lookForAReason()
await keepForgedTables()
const { database } = api.database

/** Of whom a reason to look is about, is on record too. */
async function lookForAReason(): Promise<void> {
  for (const caller of [owner, stranger]) {
    const headers = { 'x-reason': 'a complaint' }
    await api.call('GET', `/api/events?customer=${randomUUID()}`, { caller, headers })
    await eventually('the reason is on record', async () =>
      JSON.stringify((await api.get('/api/accesses', { caller })).body).includes('a complaint'),
    )
  }
}

/** What a rebuild replaced is kept where it differed. */
async function keepForgedTables(): Promise<void> {
  const { engine } = api.database.database
  await engine.query('update crm_customers.customer set sales = sales + 1')
  await api.daybook.engine.rebuild(['crm_customers'])
  await eventually('the forged tables are kept', async () => {
    const found = (await api.daybook.engine.status()).find(({ name }) => name === 'crm_customers')
    return found?.kept !== undefined && found.rebuild?.state === 'done'
  })
}

interface Relation {
  readonly name: string
  readonly kind: string
  readonly guarded: boolean
  readonly invoker: boolean
}

const READABLE = `
  select format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind, c.relrowsecurity as guarded,
    coalesce('security_invoker=true' = any(c.reloptions), false) as invoker
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema$)'
    and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
  order by 1`

const reader = await database.connect('reader')
t.teardown(() => reader.end())
const { rows: readable } = await reader.query<Relation>(READABLE)
const countOf = async (client: Pick<pg.ClientBase, 'query'>, name: string, where = 'true') => {
  const { rows } = await client.query<{ n: string }>(
    `select count(*) as n from ${name} where ${where}`,
  )
  return Number(rows[0]?.n)
}

t.test('queries can read every table of every projection, and nothing else', async (t) => {
  const tables = projections.flatMap(({ name, tables }) =>
    tables.map((table) => `${schemaName(name, 'live')}.${table.name}`),
  )
  const kept = `${schemaName('crm_customers', 'kept')}.customer`
  const found = readable.filter(({ kind }) => kind === 'r').map(({ name }) => name)
  t.same(found.toSorted(), [...tables, kept].toSorted())
})

t.test('each of them is guarded, and each view looks with the eyes of whoever asks', async (t) => {
  for (const { name, kind, guarded, invoker } of readable) {
    t.ok(kind === 'r' ? guarded : kind === 'v' && invoker, `${name} ${kind}`)
  }
  const { rows } = await reader.query(
    `select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef and n.nspname !~ '^(pg_|information_schema$)'
       and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')`,
  )
  t.same(rows, [], 'no function runs with the rights of another role')
})

t.test('without an organisation no table has rows; with one, its own', async (t) => {
  const empty: string[] = []
  for (const { name } of readable) {
    t.equal(await countOf(reader, name), 0, `${name}: nobody's`)
    for (const organisation of ['', 'nobody', '%', 'main,other']) {
      t.equal(await countAs(organisation, name), 0, `${name}: ${organisation}`)
    }
    const all = await countOf(database.engine, name)
    const own = await countAs('other', name)
    t.equal(own, await countOf(database.engine, name, `organisation = 'other'`), name)
    // Users are the installation's, which nobody asks as.
    const others = (await countAs('main', name)) + (await countAs(INSTALLATION, name))
    t.equal(own + others, all, `${name}: of one or the other`)
    if (own === 0 || own === all) empty.push(name)
  }
  t.same(empty, [], 'each holds rows of both')
})

async function countAs(organisation: string, name: string): Promise<number> {
  await reader.query('begin')
  try {
    await reader.query(`select set_config('daybook.organisation', $1, true)`, [organisation])
    return await countOf(reader, name)
  } finally {
    await reader.query('rollback')
  }
}
