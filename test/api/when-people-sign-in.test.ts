import t from 'tap'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testApi } from '#test/support/api.ts'
import { asked, callerWith, logIn, nobody, type Person, person } from '#test/support/people.ts'
import { dig, eventually, owner, pick } from '#test/support/server.ts'

const api = await testApi(t)
const olga = await person(api, 'Olga', { main: 'owner', other: 'auditor' })

t.test(
  'given a password, when somebody signs in, then they are told who and where they are',
  async (t) => {
    const answer = await logIn(api, { ...olga, email: ' OLGA@example.com' })
    t.equal(answer.status, 200)
    t.match(answer.body, {
      success: true,
      data: {
        accessToken: /^dba_[\w-]{43}$/,
        refreshToken: /^dbr_[\w-]{43}$/,
        expiresAt: /^\d{4}-\d\d-\d\dT/,
        user: {
          id: olga.userId,
          name: 'Olga',
          email: 'olga@example.com',
          language: null,
          organisation: 'main',
          role: 'owner',
          organisations: [
            { id: 'main', name: 'main', role: 'owner' },
            { id: 'other', name: 'other', role: 'auditor' },
          ],
        },
      },
    })
    const caller = callerWith(answer)
    const me = await api.get('/api/auth/me', { caller })
    t.match(dig(me, 'data'), { actor: olga.userId, organisation: 'main', role: 'owner' })
    await api.post('/api/crm/customers', { name: 'Thandi' }, { caller })
    const found = await api.get('/api/crm/customers?search=thandi', { caller })
    t.equal(found.status, 200)
  },
)

t.test('what they do is theirs in the log, by an id that tells nothing', async (t) => {
  const caller = callerWith(await logIn(api, olga))
  const made = await api.post('/api/crm/customers', { name: 'Sipho' }, { caller })
  const id = pick(made, 'data', 'id')
  t.equal(pick(made, 'data', 'agent'), olga.userId)
  await api.caughtUp()
  const events = await api.get(`/api/events?customer=${id}`, { caller })
  t.equal(pick(events, 'data', 0, 'actor'), olga.userId)
})

t.test('of several organisations one is chosen, and another gone on in', async (t) => {
  const there = await logIn(api, olga, { organisation: 'other' })
  t.match(dig(there, 'data', 'user'), { organisation: 'other', role: 'auditor' })
  const caller = callerWith(there)
  t.equal(
    (await api.call('POST', '/api/crm/customers', { body: { name: 'X' }, caller })).status,
    403,
  )
  const body = { organisation: 'main' }
  const here = await api.call('POST', '/api/auth/switch', { caller, body })
  t.match(dig(here, 'data', 'user'), { organisation: 'main', role: 'owner' })
  t.equal((await api.get('/api/auth/me', { caller })).status, 401, 'the session there has ended')
  t.equal((await api.get('/api/auth/me', { caller: callerWith(here) })).status, 200)
})

t.test('where somebody is no member, it is as if there were no such organisation', async (t) => {
  for (const organisation of ['foreign', INSTALLATION]) {
    const answer = await logIn(api, olga, { organisation })
    t.equal(answer.status, 403)
    t.equal(pick(answer, 'code'), 'MEMBERSHIP_REQUIRED')
  }
})

t.test('who runs the installation is of no organisation', async (t) => {
  const ines = await person(api, 'Ines', { [INSTALLATION]: 'installation' })
  const caller = callerWith(await logIn(api, ines))
  const me = await api.get('/api/auth/me', { caller })
  t.match(dig(me, 'data'), { organisation: '', role: 'installation' })
  t.equal((await api.get('/api/projections', { caller })).status, 200)
  t.equal((await api.get('/api/crm/customers', { caller })).status, 403)
})

t.test('an unknown account and a wrong password are answered alike', async (t) => {
  const wrong = await logIn(api, { ...olga, password: 'eight owls on a tram' })
  const unknown = await logIn(api, { email: 'nobody@example.com', password: olga.password })
  const without = ({ headers, body }: typeof wrong) => {
    const rest = { ...headers, date: '', 'x-request-id': '' }
    return { rest, body: JSON.stringify(body).replace(/"requestId":"[^"]*"/, '') }
  }
  t.equal(wrong.status, 401)
  t.equal(pick(wrong, 'code'), 'SIGN_IN_FAILED')
  t.same(without(wrong), without(unknown))
})

t.test('a failed sign-in is on record for whose account it was', async (t) => {
  const caller = owner
  let all = await api.get('/api/refusals?code=SIGN_IN_FAILED', { caller })
  let refusals: readonly { readonly actor: string | null }[] = []
  await eventually('both are on record, each when it was written', async () => {
    all = await api.get('/api/refusals?code=SIGN_IN_FAILED', { caller })
    refusals = dig(all, 'data') as typeof refusals
    return new Set(refusals.map(({ actor }) => actor)).size === 2
  })
  t.same(new Set(refusals.map(({ actor }) => actor)), new Set([null, olga.userId]))
  for (const refusal of refusals) t.match(refusal, { route: '/api/auth/login', status: 401 })
  t.notMatch(JSON.stringify(all.body), 'nobody@example.com')
})

t.test('who never set a password cannot sign in', async (t) => {
  const late = { name: 'Late', email: 'late@example.com' }
  await findOrRegisterUser(api.daybook.identity, late, asked('main'))
  t.equal((await logIn(api, { ...late, password: 'anything at all 1' })).status, 401)
})

t.test('signing out ends the session, and no other', async (t) => {
  const [one, two] = [callerWith(await logIn(api, olga)), callerWith(await logIn(api, olga))]
  const out = await api.call('POST', '/api/auth/logout', { caller: one })
  t.same(dig(out, 'data'), { ended: 1 })
  t.equal((await api.get('/api/auth/me', { caller: one })).status, 401)
  t.equal((await api.get('/api/auth/me', { caller: two })).status, 200)
})

t.test('sessions are listed, and ended one by one or all but this', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const callers = []
  for (let i = 0; i < 4; i += 1) callers.push(callerWith(await logIn(api, max)))
  const [mine, second] = callers
  const caller = mine ?? nobody
  const list = dig(await api.get('/api/auth/sessions', { caller }), 'data')
  const sessions = list as readonly { readonly id: string; readonly current: boolean }[]
  t.equal(sessions.length, 4)
  t.equal(sessions.filter(({ current }) => current).length, 1)
  const other = dig(await api.get('/api/auth/sessions', { caller: second ?? nobody }), 'data')
  const id = (other as typeof sessions).find(({ current }) => current)?.id ?? ''
  const ended = await api.call('DELETE', `/api/auth/sessions/${id}`, { caller })
  t.equal(ended.status, 200)
  t.equal((await api.get('/api/auth/me', { caller: second ?? nobody })).status, 401)
  const again = await api.call('DELETE', `/api/auth/sessions/${id}`, { caller })
  t.equal(pick(again, 'code'), 'SESSION_UNKNOWN')
  const rest = await api.call('DELETE', '/api/auth/sessions', { caller })
  t.same(dig(rest, 'data'), { ended: 2 })
  t.equal((await api.get('/api/auth/me', { caller })).status, 200)
})

t.test('nobody ends another’s session', async (t) => {
  const eve = await person(api, 'Eve', { main: 'owner' })
  const caller = callerWith(await logIn(api, eve))
  const mine = callerWith(await logIn(api, olga))
  const list = dig(await api.get('/api/auth/sessions', { caller: mine }), 'data')
  for (const { id } of list as readonly { readonly id: string }[]) {
    const answer = await api.call('DELETE', `/api/auth/sessions/${id}`, { caller })
    t.equal(answer.status, 404)
  }
  t.equal((await api.get('/api/auth/me', { caller: mine })).status, 200)
})

t.test('a caller of the configuration is told who they are, and has no session', async (t) => {
  const me = await api.get('/api/auth/me')
  t.match(dig(me, 'data'), { actor: owner.actor, role: 'owner', user: null })
  t.same(dig(await api.get('/api/auth/sessions'), 'data'), [])
  for (const [method, path, body] of [
    ['POST', '/api/auth/logout', {}],
    ['DELETE', '/api/auth/sessions', {}],
    ['PATCH', '/api/auth/me', { language: 'fa' }],
    ['POST', '/api/auth/password', { password: 'x', newPassword: 'y' }],
    ['POST', '/api/auth/email', { password: 'x', email: 'y@example.com' }],
  ] as const) {
    const answer = await api.call(method, path, { body })
    t.equal(pick(answer, 'code'), 'SIGN_IN_REQUIRED', path)
  }
})

t.test('problems are told in the language of the user, whatever the browser asks', async (t) => {
  const noor: Person = await person(api, 'Noor', { main: 'operator' })
  const caller = callerWith(await logIn(api, noor))
  const answeredIn = async (language: string) => {
    const headers = { 'accept-language': language }
    const answer = await api.get('/api/crm/customers/none', { caller, headers })
    return answer.headers['content-language']
  }
  t.equal(await answeredIn('en'), 'en')
  const body = { language: 'fa' }
  const changed = await api.call('PATCH', '/api/auth/me', { body, caller })
  t.equal(pick(changed, 'data', 'user', 'language'), 'fa')
  t.equal(await answeredIn('en'), 'fa')
  t.equal(pick(await logIn(api, noor), 'data', 'user', 'language'), 'fa')
  await api.call('PATCH', '/api/auth/me', { body: { language: null }, caller })
  t.equal(await answeredIn('ar'), 'ar')
})

t.test('where no provider of identities is configured, there is none', async (t) => {
  for (const path of ['/api/auth/oidc', '/api/auth/oidc/callback?code=x&state=y']) {
    const answer = await api.get(path, { caller: nobody })
    t.equal(answer.status, 404)
    t.equal(pick(answer, 'code'), 'IDENTITY_PROVIDER_NOT_SET')
  }
})
