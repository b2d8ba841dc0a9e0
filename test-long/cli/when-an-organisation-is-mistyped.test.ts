import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { TestServer } from '#test/support/server.ts'

const { url, login } = await testDatabase(t)
const server = new TestServer({ DATABASE_URL: url })
t.teardown(() => server.remove())
await server.start()

t.test('every command says so, and makes no books', async (t) => {
  const file = join(server.dataDir, 'sales.csv')
  await writeFile(file, 'InvoiceNo\n')
  const asked = [
    ['api-key', 'create', 'Till'],
    ['api-key', 'list'],
    ['api-key', 'revoke', 'any'],
    ['user', 'list'],
    ['user', 'add', 'olga@example.com', '--name', 'Olga', '--role', 'owner'],
    ['import', 'sales', file, '--mapping', 'mappings/online-retail.json'],
  ]
  for (const words of asked) {
    const { code, out, err } = await server.daybook(...words, '--organisation', 'nope')
    t.same([code, out], [3, ''], words.join(' '))
    t.match(err, 'There is no organisation nope. Check its id, or create it first.')
  }
  const { rows } = await login.query(`select stream from log.events where stream like '%-nope.%'`)
  t.same(rows, [])
})

t.test('once it is created, they work there', async (t) => {
  t.equal((await server.daybook('org', 'create', 'nope', '--name', 'Nope')).code, 0)
  const words = ['api-key', 'create', 'Till', '--organisation', 'nope']
  t.match(await server.daybook(...words), { code: 0, out: /^dbk_/ })
  t.match(await server.daybook('user', 'list', '--organisation', 'nope'), { code: 0 })
})
