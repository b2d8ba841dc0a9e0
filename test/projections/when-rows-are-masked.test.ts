import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import t from 'tap'
import { MASKED } from '#domain/event-schema.ts'
import { type Sight, seesEverybody, seesNobody } from '#log/sight.ts'
import { checkProjections } from '#projections/engine/definition.ts'
import type { Column } from '#projections/engine/projection.ts'
import { maskedRows, seenFinding } from '#projections/masked-rows.ts'
import type { ReadModels } from '#projections/read-models.ts'

/** Nothing is asked here: what would be is looked at. */
const db = new Kysely<ReadModels>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new PostgresIntrospector(of),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})
const through = (sight: Sight) => db.withPlugin(maskedRows(sight))
const customers = (sight: Sight) =>
  through(sight)
    .selectFrom('finance_sales.credit_note as d')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'd.customer_id')
    .select('c.name as customer_name')
    .compile()

t.test(
  'a table with personal columns is read through masks, whatever they are called',
  async (t) => {
    const { sql: text } = customers(seesNobody)
    t.match(text, `else '${MASKED}' end as "name"`)
    t.match(text, /"finance_sales"\."credit_note" as "d" left join \(select organisation/)
    t.notMatch(customers(seesEverybody).sql, MASKED)
    const of = new Set(['c1'])
    t.match(customers({ sees: of }).parameters, [['c1']])
  },
)

t.test(
  'SQL that names such a table by itself is not run, as it would pass the masks by',
  async (t) => {
    const bare = sql`select name from crm_customers.customer c`
    const quoted = sql`select name from "crm_customers"."customer"`
    for (const query of [bare, quoted]) {
      t.throws(() => query.compile(through(seesNobody)), /sql\.table\(\)/)
    }
    const named = sql`select name from ${sql.table('crm_customers.customer')} c`
    t.match(named.compile(through(seesNobody)).sql, MASKED)
    const other = sql`select 1 from finance_sales.credit_note`
    t.match(other.compile(through(seesNobody)).sql, 'finance_sales.credit_note')
  },
)

t.test('of a row that differs only the key says whose it is', async (t) => {
  const columns = [{ column: 'name', live: 'Wanda', right: null }]
  const finding = {
    table: 'customer',
    key: { customer_id: 'c1' },
    kind: 'changed',
    columns,
  } as const
  const seen = (sight: Sight) => seenFinding('crm_customers', finding, sight).columns
  t.strictSame(seen({ sees: new Set(['c1']) }), columns)
  t.strictSame(seen({ sees: new Set(['c2']) }), [{ column: 'name', live: MASKED, right: null }])
})

t.test('a personal column is text, and names a column that says whose it is', async (t) => {
  const of = (said: Column) => {
    const columns = { id: { type: 'text' }, said } as const
    const tables = [{ name: 'said', columns, key: ['id'], on: {} }]
    return () => checkProjections([{ name: 'sayings', version: 1, tables }])
  }
  t.doesNotThrow(of({ type: 'text', personal: 'id' }))
  t.throws(of({ type: 'jsonb', personal: 'id' }), /sayings\.said\.said needs to be text/)
  t.throws(of({ type: 'text', personal: 'customer_id' }), /needs a column customer_id/)
})
