import t from 'tap'
import { grantMembership } from '#commands/identity/grant-membership.ts'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { asked, callerWith, logIn, nobody, person } from '#test/support/people.ts'
import { pick } from '#test/support/server.ts'

const api = await testApi(t)
const olga = await person(api, 'Olga', { main: 'owner' })

const refresh = (refreshToken: string): Promise<ApiAnswer> =>
  api.call('POST', '/api/auth/refresh', { body: { refreshToken }, caller: nobody })
const tokenOf = (answer: ApiAnswer): string => pick(answer, 'data', 'refreshToken')
const mayAsk = async (answer: ApiAnswer): Promise<boolean> =>
  (await api.get('/api/auth/me', { caller: callerWith(answer) })).status === 200
const eventsOf = async (userId: string): Promise<readonly string[]> => {
  const types: string[] = []
  for await (const page of api.daybook.log.readStream(`user-_installation.${userId}`)) {
    types.push(
      ...page.map(({ type, data }) =>
        typeof data['cause'] === 'string' ? `${type} ${data['cause']}` : type,
      ),
    )
  }
  return types
}

t.test(
  'a refresh token gives new tokens, and the access token before goes on to its end',
  async (t) => {
    const first = await logIn(api, olga)
    const second = await refresh(tokenOf(first))
    t.equal(second.status, 200)
    t.match(second.body, {
      data: { accessToken: /^dba_/, user: { id: olga.userId, role: 'owner' } },
    })
    t.not(tokenOf(second), tokenOf(first))
    t.ok(await mayAsk(second))
    t.ok(await mayAsk(first))
  },
)

t.test(
  'given one that was stolen, when it is used twice, then the whole family dies',
  async (t) => {
    const elsewhere = await logIn(api, olga)
    const first = await logIn(api, olga)
    const thiefs = await refresh(tokenOf(first))
    t.ok(await mayAsk(thiefs))
    const again = await refresh(tokenOf(first))
    t.equal(again.status, 401)
    t.equal(pick(again, 'code'), 'REFRESH_TOKEN_UNKNOWN')
    t.notOk(await mayAsk(thiefs), 'the thief’s access token')
    t.notOk(await mayAsk(first), 'the owner’s')
    t.equal((await refresh(tokenOf(thiefs))).status, 401, 'the thief’s refresh token')
    t.ok(await mayAsk(elsewhere), 'another session of theirs goes on')
    const events = await eventsOf(olga.userId)
    t.equal(
      events.filter((event) => event === 'UserSessionsRevoked refresh_token_reused').length,
      1,
    )
  },
)

t.test('it is the same whoever comes second, and for an older one of the family', async (t) => {
  const first = await logIn(api, olga)
  const second = await refresh(tokenOf(first))
  const third = await refresh(tokenOf(second))
  t.equal((await refresh(tokenOf(first))).status, 401)
  t.notOk(await mayAsk(third))
  t.equal((await refresh(tokenOf(third))).status, 401)
})

t.test('of many at once at most one is answered, and the family dies', async (t) => {
  const first = await logIn(api, olga)
  const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(tokenOf(first))))
  const given = answers.filter(({ status }) => status === 200)
  t.ok(given.length <= 1, `${given.length}`)
  for (const { status } of answers) t.ok(status === 200 || status === 401)
  for (const one of given) t.notOk(await mayAsk(one))
})

t.test('what is no refresh token, or is over, is refused', async (t) => {
  const first = await logIn(api, olga)
  for (const token of ['dbr_none', pick(first, 'data', 'accessToken')]) {
    t.equal((await refresh(token)).status, 401)
  }
  t.ok(await mayAsk(first), 'nothing was revoked')
  await api.database.database.engine.query(
    `update identity.refresh_token set expires_at = now() - interval '1 second'`,
  )
  t.equal((await refresh(tokenOf(first))).status, 401)
  t.ok(await mayAsk(first))
})

t.test('an access token that is over is refused', async (t) => {
  const first = await logIn(api, olga)
  await api.database.database.engine.query(
    `update identity.access_token set expires_at = now() - interval '1 second'`,
  )
  t.notOk(await mayAsk(first))
})

t.test('another role counts at once, and for tokens to come', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const first = await logIn(api, max)
  t.equal((await api.get('/api/events', { caller: callerWith(first) })).status, 403)
  const { userId, name, email } = max
  const grant = { userId, name, email, organisation: 'main', role: 'auditor' } as const
  await grantMembership(api.daybook.identity, grant, asked('main'))
  t.equal((await api.get('/api/events', { caller: callerWith(first) })).status, 200)
  const second = await refresh(tokenOf(first))
  t.equal(pick(second, 'data', 'user', 'role'), 'auditor')
})
