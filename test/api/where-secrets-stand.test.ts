import t from 'tap'
import { makeLink } from '#commands/identity/make-link.ts'
import { subjectOf } from '#log/key-ring.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testApi } from '#test/support/api.ts'
import { asked, callerWith, logIn, nobody, person } from '#test/support/people.ts'
import { pick } from '#test/support/server.ts'

const api = await testApi(t)
const olga = await person(api, 'Quillfeather', { main: 'owner' })
const signed = await logIn(api, olga)
const refreshToken = pick(signed, 'data', 'refreshToken')
const body = { refreshToken }
const refreshed = await api.call('POST', '/api/auth/refresh', { body, caller: nobody })
const { token } = await makeLink(
  api.daybook.identity,
  { userId: olga.userId, purpose: 'reset' },
  asked('main'),
)
await api.call('POST', '/api/auth/refresh', { body, caller: nobody })
await api.call('POST', '/api/crm/customers', { body: { name: 'T' }, caller: callerWith(signed) })
await api.caughtUp()

const { engine } = api.database.database
const secrets = [
  olga.password,
  token,
  refreshToken,
  pick(signed, 'data', 'accessToken'),
  pick(refreshed, 'data', 'accessToken'),
]

/** All rows of all tables, as text. */
async function everyTable(): Promise<ReadonlyMap<string, string>> {
  const { rows } = await engine.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const found = new Map<string, string>()
  for (const { name } of rows) {
    const all = await engine.query<{ row: string }>(`select t::text as row from ${name} t`)
    found.set(name, all.rows.map(({ row }) => row).join('\n'))
  }
  return found
}

t.test('no password and no token stands in any table; no hash of one but in its own', async (t) => {
  const tables = await everyTable()
  t.ok(tables.size > 30)
  t.match(tables.get('log.events') ?? '', 'UserPasswordSet')
  for (const [name, text] of tables) {
    for (const secret of secrets) t.notOk(text.includes(secret), `${name}: a secret`)
    if (name.startsWith('identity.')) continue
    t.notMatch(text, /argon2|db[alr]_/, name)
  }
})

t.test('hashes are read by no role but the writer', async (t) => {
  const { rows } = await engine.query<{ reader: boolean; writer: boolean }>(
    `select has_schema_privilege($1, 'identity', 'usage') as reader,
       has_table_privilege($2, 'identity.password', 'select') as writer`,
    [api.database.roles.reader, api.database.roles.writer],
  )
  t.same(rows, [{ reader: false, writer: true }])
})

t.test('events as they are read say nothing of them either', async (t) => {
  const types = new Set<string>()
  for await (const page of api.daybook.log.readAll()) {
    const events = await api.daybook.codec.decode(page)
    const text = JSON.stringify(events)
    for (const secret of secrets) t.notOk(text.includes(secret))
    t.notMatch(text, /argon2|db[alr]_/)
    for (const { type } of events) types.add(type)
  }
  for (const type of ['UserRegistered', 'UserLinkMade', 'UserPasswordSet', 'UserSessionsRevoked']) {
    t.ok(types.has(type), type)
  }
})

t.test('a person who is a user is forgotten with their keys', async (t) => {
  const plain = async (): Promise<string> => {
    const texts: string[] = []
    for await (const page of api.daybook.log.readAll()) {
      texts.push(JSON.stringify(page), JSON.stringify(await api.daybook.codec.decode(page)))
    }
    return texts.join()
  }
  t.match(await plain(), 'quillfeather@example.com')
  for (const organisation of [INSTALLATION, 'main']) {
    await api.daybook.keyRing.destroy(subjectOf(organisation, olga.userId))
  }
  t.notMatch(await plain(), /quillfeather/i)
})
