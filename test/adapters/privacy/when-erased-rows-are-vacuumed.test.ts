import t from 'tap'
import { holdsPersons, vacuumErased } from '#adapters/privacy/vacuum-erased.ts'
import { projections } from '#projections/all.ts'
import { testApi } from '#test/support/api.ts'

const forgetting = ['CustomerDeleted', 'PersonErased'] as const

t.test('each table whose rows go when a person does is vacuumed', async (t) => {
  const data = { customerId: 'c-1', erased: true, subjects: [] }
  const event = { data, metadata: {}, stream: 'customer-main.c-1' }
  const found: string[] = []
  for (const { name, tables } of projections) {
    for (const table of tables) {
      const folds = table.insertOnly === true ? [] : forgetting.map((type) => table.on[type])
      const deletes = folds.some((fold) => {
        const row = { customer_id: 'c-1' }
        return fold?.fold(row, event as never, {} as never, row) === undefined && fold !== undefined
      })
      if (!deletes) continue
      found.push(`${name}.${table.name}`)
      t.ok(holdsPersons(table), `${name}.${table.name}`)
    }
  }
  t.ok(found.includes('crm_contacts.contact'), found.join())
})

t.test(
  'hashes of numbers and of proofs are taken out of the files, and not only names',
  async (t) => {
    const api = await testApi(t)
    const { daybook, database } = api
    await api.post('/api/crm/customers', { name: 'Perpetua', phone: '+44 7700 900461' })
    await api.caughtUp()
    const tables = [
      'crm_contacts.contact',
      'crm_customers.customer',
      'daybook.subject_key',
      'identity.password',
      'identity.known_address',
      'identity.sign_in_attempts',
    ]
    const files = async () => {
      const { rows } = await database.login.query<{ name: string; file: string }>(
        'select name, pg_relation_filenode(name::regclass) as file from unnest($1::text[]) name',
        [tables],
      )
      return new Map(rows.map(({ name, file }) => [name, file]))
    }
    const before = await files()
    const { engine, log } = daybook
    const deps = { database: daybook.database, engine, log, projections, deadlineMs: 30_000 }
    await vacuumErased(deps)()
    const after = await files()
    for (const table of tables)
      t.not(after.get(table), before.get(table), `${table} is written anew`)
  },
)
