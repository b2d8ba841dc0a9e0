import t from 'tap'
import { isApiKeyToken } from '#commands/identity/api-key-token.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testDatabase } from '#test/support/database.ts'
import { eventually, installation, owner, pick, TestServer } from '#test/support/server.ts'

const { url, login } = await testDatabase(t)
const server = new TestServer({ DATABASE_URL: url })
t.teardown(() => server.remove())
await server.start()

/** What a command answers as JSON; fails with what it printed. */
async function daybook(...words: readonly string[]): Promise<unknown> {
  const { code, out, err } = await server.daybook('--json', ...words)
  if (code !== 0) throw new Error(`${words.join(' ')}: ${code} ${err}`)
  return JSON.parse(out)
}
const bodyOf = (body: unknown) => ({ status: 200, body })
const keyOf = (body: unknown) => ({
  id: pick(bodyOf(body), 'id'),
  caller: { ...owner, token: pick(bodyOf(body), 'secret') },
})

t.test('whoever runs the installation makes its keys, and nobody else', async (t) => {
  const made = await daybook('--actor', 'ines', 'api-key', 'create', 'Ansible', '--installation')
  t.match(made, { name: 'Ansible', role: 'installation', scopes: ['watch', 'verify', 'operate'] })
  const { id, caller } = keyOf(made)
  t.ok(isApiKeyToken(caller.token))
  // Its tables may just be built for the first time.
  await eventually('it can be rebuilt', async () => {
    const rebuilt = await server.call('POST', '/api/projections/wallets/rebuild', { caller })
    return rebuilt.status === 202
  })
  const sales = await server.call('GET', '/api/finance/sales', { caller })
  t.match(sales, { status: 403, body: { code: 'FORBIDDEN' } }, 'it is of no organisation')
  const list = await daybook('api-key', 'list', '--installation')
  t.match(list, [{ id, name: 'Ansible', status: 'active', issuedBy: 'ines' }])
  t.same(await daybook('api-key', 'list'), [], 'the organisation does not have it')
  for (const one of [owner, installation]) {
    const path = `/api/api-keys/${id}`
    const answer = await server.call('DELETE', path, { caller: one })
    t.equal(answer.status, one === owner ? 404 : 403)
  }
  const { rows } = await login.query<{ stream: string }>(
    `select stream from log.events where stream like 'apiKey-%'`,
  )
  t.match(rows, [{ stream: `apiKey-${INSTALLATION}.${id}` }])
  await daybook('api-key', 'revoke', id, '--installation')
  await eventually('the server knows', async () => {
    const answer = await server.call('GET', '/api/projections', { caller })
    return answer.status === 401 && pick(answer, 'code') === 'API_KEY_REVOKED'
  })
})

t.test('keys of an organisation are made with less, and revoked, by command', async (t) => {
  const words = ['--role', 'analyst', '--scopes', 'read', '--expires', '2099-01-01T00:00:00+03:00']
  const made = await daybook('api-key', 'create', 'Sheets', ...words)
  t.match(made, { role: 'analyst', scopes: ['read'], expiresAt: '2098-12-31T21:00:00.000Z' })
  const { id, caller } = keyOf(made)
  const sales = () => server.call('GET', '/api/finance/sales', { caller })
  t.equal((await sales()).status, 200)
  t.match(await server.call('GET', `/api/api-keys/${id}`), {
    body: { data: { id, name: 'Sheets' } },
  })
  t.match(await daybook('api-key', 'revoke', id), { id, revoked: true })
  await eventually('the server knows', async () => (await sales()).status === 401)
  t.match(await daybook('api-key', 'list'), [{ id, status: 'revoked' }])
  const { out } = await server.daybook('api-key', 'list')
  t.match(out, /Sheets +analyst +read +revoked/)
  t.notMatch(out, caller.token)
})

t.test('what cannot be is said with what to do', async (t) => {
  const tries: readonly (readonly [words: string[], code: number, err: RegExp])[] = [
    [['create', 'x', '--scopes', 'administer'], 5, /cannot be given administer/],
    [['create', 'x', '--role', 'installation'], 2, /--role: .*"service"/],
    [['create', 'x', '--expires', 'tomorrow'], 2, /--expires: must be an instant like/],
    [['create', 'x', '--expires', '2020-01-01T00:00:00Z'], 5, /expiresAt must be later than now/],
    [['create', 'x', '--organisation', 'A B'], 2, /--organisation: must be the id/],
    [['create', ''], 2, /name: must not be empty/],
    [['revoke', 'nobodys'], 3, /There is no API key nobodys/],
  ]
  for (const [words, code, err] of tries) {
    const answer = await server.daybook('api-key', ...words)
    t.match(answer, { code, err }, words.join(' '))
    t.notMatch(answer.err, /\n +at /, 'without a stack')
  }
})
