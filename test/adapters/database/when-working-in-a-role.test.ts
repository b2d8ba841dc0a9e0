import { sql } from 'kysely'
import t from 'tap'
import { testDatabase } from '#test/support/database.ts'

const { database, login, roles } = await testDatabase(t)

/** A read model with a row for each of two organisations, published as the engine does it. */
await database.engine.query(`
  create schema shop;
  create table shop.item (organisation text not null, name text not null, primary key (organisation, name));
  create view shop.item_name with (security_invoker = true) as select name from shop.item;
  insert into shop.item values ('main', 'pen'), ('other', 'cup');
  select daybook.publish_schema('shop')`)

const namesSeenBy = (organisation: string) =>
  database.query(organisation, async (db) => {
    const { rows } = await db.executeQuery<{ name: string }>(
      sql<{ name: string }>`select name from shop.item`.compile(db as never) as never,
    )
    return rows.map((row) => row.name)
  })

const readerRun = async (statement: string): Promise<string> => {
  const client = await database.connect('reader')
  try {
    await client.query(statement)
    return 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    await client.end()
  }
}

t.test('connections are in the role they are for; the login is no superuser', async (t) => {
  for (const role of ['reader', 'writer', 'engine'] as const) {
    const client = await database.connect(role)
    const { rows } = await client.query(
      `select current_user as role, rolsuper as superuser, rolbypassrls as bypass
       from pg_roles where rolname = session_user`,
    )
    await client.end()
    t.strictSame(rows, [{ role: roles[role], superuser: false, bypass: false }])
  }
})

t.test('a query sees the rows of its organisation and no others', async (t) => {
  t.strictSame(await namesSeenBy('main'), ['pen'])
  t.strictSame(await namesSeenBy('other'), ['cup'])
  t.strictSame(await namesSeenBy('nobody'), [])
  t.strictSame(await namesSeenBy("x' or 'a' = 'a"), [])
})

t.test('many queries of several organisations at once do not mix', async (t) => {
  const seen = await Promise.all(
    Array.from({ length: 200 }, (_, i) => namesSeenBy(i % 2 === 0 ? 'main' : 'other')),
  )
  t.ok(seen.every((names, i) => names.length === 1 && names[0] === (i % 2 === 0 ? 'pen' : 'cup')))
})

t.test('without an organisation there are no rows', async (t) => {
  const client = await database.connect('reader')
  t.strictSame((await client.query('select * from shop.item')).rows, [])
  t.strictSame((await client.query('select * from shop.item_name')).rows, [])
  await client.query(`begin; select set_config('daybook.organisation', 'main', true)`)
  t.strictSame((await client.query('select * from shop.item_name')).rows, [{ name: 'pen' }])
  await client.query('commit')
  t.strictSame(
    (await client.query('select * from shop.item')).rows,
    [],
    'it ends with its transaction',
  )
  await client.end()
})

t.test('the reader changes nothing and sees nothing that is not published', async (t) => {
  const denied = '42501'
  for (const statement of [
    `insert into shop.item values ('main', 'ink')`,
    `update shop.item set name = 'ink'`,
    'delete from shop.item',
    'truncate shop.item',
    'drop table shop.item',
    'alter table shop.item disable row level security',
    'create table public.mine (id int)',
    'create schema mine',
    'select * from daybook.subject_key',
    'select * from daybook.kept_state',
    'select * from daybook.migration',
  ]) {
    t.equal(await readerRun(statement), denied, statement)
  }
})

t.test('a query that takes another role still cannot write', async (t) => {
  const attempt = database.query('main', async (db) => {
    await sql`set local role ${sql.id(roles.engine)}`.execute(db as never)
    await sql`delete from shop.item`.execute(db as never)
  })
  await t.rejects(attempt, { code: '25006' }, 'the transaction is read-only')
  t.equal((await login.query('select from shop.item')).rowCount, 2)
  t.strictSame(await namesSeenBy('main'), ['pen'], 'and the role ended with it')
})

t.test(
  'the writer reads what is published of every organisation and changes none of it',
  async (t) => {
    const { rows } = await database.writer.query('select name from shop.item order by 1')
    t.strictSame(rows, [{ name: 'cup' }, { name: 'pen' }])
    await t.rejects(database.writer.query('delete from shop.item'), { code: '42501' })
    await t.rejects(database.writer.query('delete from daybook.subject_key'), { code: '42501' })
  },
)

t.test('a schema that is not guarded cannot be published', async (t) => {
  await database.engine.query(`
    create schema bare; create table bare.thing (id int primary key);
    create schema peephole; create table peephole.thing (organisation text primary key);
    create view peephole.all_things as select * from peephole.thing`)
  await t.rejects(database.engine.query(`select daybook.publish_schema('bare')`), {
    message: 'bare.thing must be a table with a column organisation to be published',
  })
  await t.rejects(database.engine.query(`select daybook.publish_schema('peephole')`), {
    message: /all_things must be made with \(security_invoker = true\)/,
  })
  t.equal(await readerRun('select * from bare.thing'), '42501')
})

t.test('publishing again is harmless and covers tables that came later', async (t) => {
  await database.engine.query(`
    create table shop.box (organisation text primary key);
    insert into shop.box values ('main'), ('other');
    select daybook.publish_schema('shop')`)
  const boxes = await database.query('main', async (db) =>
    sql`select organisation from shop.box`.execute(db as never),
  )
  t.strictSame(boxes.rows, [{ organisation: 'main' }])
})

t.test('values that a number or a Date would spoil are strings', async (t) => {
  const { rows } = await database.query('main', async (db) =>
    sql`select 9007199254740993::bigint as big, 0.10::numeric as exact, '2026-02-28'::date as day,
      '2026-11-21T04:00:00Z'::timestamptz as instant, '2026-11-21T04:00:00.123456+03'::timestamptz as fine,
      1::int as small, true as yes, '{"a": 1}'::jsonb as json`.execute(db as never),
  )
  t.strictSame(rows, [
    {
      big: '9007199254740993',
      exact: '0.10',
      day: '2026-02-28',
      instant: '2026-11-21T04:00:00.000Z',
      fine: '2026-11-21T01:00:00.123456Z',
      small: 1,
      yes: true,
      json: { a: 1 },
    },
  ])
})

t.test('an error in a query reaches its caller and leaves the connection usable', async (t) => {
  const failing = () => database.query('main', async (db) => sql`select 1 / 0`.execute(db as never))
  for (let i = 0; i < 20; i += 1) await t.rejects(failing(), { code: '22012' })
  await t.rejects(
    database.query('main', async () => Promise.reject(new Error('of the caller'))),
    { message: 'of the caller' },
  )
  t.strictSame(await namesSeenBy('main'), ['pen'])
})

t.test('one query sees one moment', async (t) => {
  const counts = await database.query('main', async (db) => {
    const count = async () => {
      const { rows } = await sql<{ n: string }>`select count(*) as n from shop.item`.execute(
        db as never,
      )
      return rows[0]?.n
    }
    const before = await count()
    await database.engine.query(`insert into shop.item values ('main', 'ruler')`)
    return [before, await count()]
  })
  t.strictSame(counts, ['1', '1'])
})
