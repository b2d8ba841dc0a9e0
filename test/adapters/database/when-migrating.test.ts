import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { connectionConfig, databaseName, withDatabase } from '#adapters/database/connection.ts'
import { MissingPrivileges, SchemaTooNew } from '#adapters/database/errors.ts'
import { knownMigrations, migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { missingRolesSql } from '#adapters/database/roles.ts'
import { dropDatabase, emptyDatabase } from '#test/support/database.ts'

const known = await knownMigrations()

async function run<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client(connectionConfig(url))
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

t.test('an empty database gets everything, in order, once', async (t) => {
  const url = await emptyDatabase(t)
  const first = await migrate(url)
  t.strictSame(first.applied, known)
  const second = await migrate(url)
  t.strictSame(second, { roles: first.roles, applied: [] })
  const owners = await run(
    url,
    `select distinct pg_get_userbyid(nspowner) as owner from pg_namespace
    where nspname in ('daybook', 'log')`,
  )
  t.strictSame(owners, [{ owner: first.roles.engine }], 'the engine owns the schemas')
})

t.test('several that start at once wait for each other', async (t) => {
  const url = await emptyDatabase(t)
  const results = await Promise.all(Array.from({ length: 5 }, () => migrate(url)))
  t.strictSame(
    results.flatMap((result) => result.applied),
    known,
    'each migration ran once, in one of them',
  )
})

t.test('a migration that fails leaves nothing behind', async (t) => {
  const url = await emptyDatabase(t)
  await run(url, 'create schema log')
  await t.rejects(migrate(url), { message: /log/ })
  t.strictSame(
    await run(
      url,
      `select relname from pg_class where relnamespace = 'daybook'::regnamespace
      and relname in ('projection', 'subject_key')`,
    ),
    [],
  )
  await run(url, 'drop schema log')
  t.strictSame((await migrate(url)).applied, known, 'and the next start goes through')
})

t.test('a schema newer than the program is refused and left alone', async (t) => {
  const url = await emptyDatabase(t)
  await migrate(url)
  await run(
    url,
    `insert into daybook.migration (name, timestamp) values ('2099-01-01T0000-time-travel', '2099-01-01')`,
  )
  const refused = migrate(url)
  await t.rejects(refused, SchemaTooNew)
  await t.rejects(refused, { message: /2099-01-01T0000-time-travel.*Start the newer version/s })
})

t.test('a migration of a parallel branch may come late', async (t) => {
  const url = await emptyDatabase(t)
  await migrate(url)
  const late = known[2] ?? ''
  await run(
    url,
    `drop table daybook.subject_key; delete from daybook.migration where name = '${late}'`,
  )
  t.strictSame((await migrate(url)).applied, [late])
})

t.test('a database that is copied or renamed keeps its roles', async (t) => {
  const url = await emptyDatabase(t)
  const { roles } = await migrate(url)
  const renamed = `${databaseName(url)}_renamed`
  const elsewhere = withDatabase(url, 'postgres')
  await run(elsewhere, `alter database ${databaseName(url)} rename to ${renamed}`)
  t.teardown(() => dropDatabase(elsewhere, renamed))
  t.strictSame((await migrate(withDatabase(url, renamed))).roles, roles)
})

t.test('a database with a name that needs quoting works', async (t) => {
  const elsewhere = withDatabase(await emptyDatabase(t), 'postgres')
  const name = `test_Läden "Süd" ${randomBytes(3).toString('hex')} ${'x'.repeat(30)}`
  const quoted = pg.escapeIdentifier(name)
  await run(elsewhere, `create database ${quoted}`)
  t.teardown(() => dropDatabase(elsewhere, name))
  const url = withDatabase(elsewhere, name)
  const { roles } = await migrate(url)
  const database = postgresDatabase({
    url,
    roles,
    connections: { reader: 1, writer: 1, engine: 1 },
    queryDeadlineMs: 5000,
  })
  t.teardown(() => database.close())
  const { rows } = await database.writer.query('select current_user as role')
  t.strictSame(rows, [{ role: roles.writer }])
  await database.engine.query(`create schema shop; select daybook.publish_schema('shop')`)
})

t.test('a login that may not make roles is told which SQL someone else must run', async (t) => {
  const url = await emptyDatabase(t)
  const login = `test_plain_${randomBytes(4).toString('hex')}`
  await run(url, `create role ${login} login password 'plain'`)
  t.teardown(() => run(url, `drop role ${login}`).then(() => undefined))
  const plain = new URL(url)
  plain.username = login
  plain.password = 'plain'
  const refusal = await migrate(plain.toString()).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(refusal instanceof MissingPrivileges)) throw new Error(`not refused: ${String(refusal)}`)
  t.match(refusal.message, /may not set up the roles of database/)
  t.equal(await missingRolesSql(plain.toString()), refusal.sql)
  await run(url, refusal.sql)
  await run(url, refusal.sql) // Harmless when repeated.
  t.equal(await missingRolesSql(plain.toString()), undefined)
  t.strictSame((await migrate(plain.toString())).applied, known, 'then it works')
})

t.test('the read model of statistics, which nobody follows any longer, goes', async (t) => {
  const url = await emptyDatabase(t)
  const { roles } = await migrate(url)
  const engine = pg.escapeIdentifier(roles.engine)
  const gone = '2026-11-21T0500-finance-statistics'
  await run(
    url,
    `set role ${engine};
    create schema finance_statistics; create table finance_statistics.daily (day date);
    create schema finance_statistics__previous;
    insert into daybook.projection (schema_name, name, version, fingerprint)
    values ('finance_statistics', 'finance_statistics', 1, ''), ('ledger', 'ledger', 1, '');
    insert into daybook.projection_loop (name) values ('finance_statistics');
    delete from daybook.migration where name = '${gone}'`,
  )
  t.strictSame((await migrate(url)).applied, [gone])
  const left = await run(
    url,
    `select name from daybook.projection union all select name from daybook.projection_loop
     union all select nspname from pg_namespace where nspname like 'finance%'`,
  )
  t.strictSame(left, [{ name: 'ledger' }])
})
