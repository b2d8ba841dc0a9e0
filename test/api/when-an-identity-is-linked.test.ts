import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import {
  callerWith,
  invitation,
  logIn,
  newcomer,
  nobody,
  type Person,
  person,
} from '#test/support/people.ts'
import {
  comeBack,
  configuredWith,
  cookieOf,
  type OnTheWay,
  signInAs,
} from '#test/support/provider-sign-in.ts'
import { dig, pick, type TestCaller } from '#test/support/server.ts'

/** The provider is not trusted with addresses: people link who they are there while they are signed in here. */

const provider = await testIdentityProvider(t)
const api = await testApi(t, configuredWith(provider))
const olga = await person(api, 'Olga', { main: 'owner' })

async function beginLink(caller: TestCaller, { password }: Pick<Person, 'password'>) {
  const answer = await api.post('/api/auth/identities', { password }, { caller })
  return { url: pick(answer, 'data', 'url'), cookie: cookieOf(answer) } satisfies OnTheWay
}

async function link(who: Person, subject: string) {
  const { url, cookie } = await beginLink(callerWith(await logIn(api, who)), who)
  return comeBack(api, cookie, await provider.signIn(url, subject))
}

t.test(
  'given somebody who is signed in, when they prove who they are there, then they sign in by that',
  async (t) => {
    provider.people.set('olga-there', { email: 'elsewhere@example.org' })
    t.equal(pick(await signInAs(api, provider, 'olga-there'), 'code'), 'IDENTITY_UNKNOWN')
    const linked = await link(olga, 'olga-there')
    t.equal(linked.status, 200)
    t.match(dig(linked, 'data', 'user'), { id: olga.userId, organisation: 'main' })
    const answer = await signInAs(api, provider, 'olga-there')
    t.equal(pick(answer, 'data', 'user', 'id'), olga.userId)
    t.equal((await logIn(api, olga)).status, 200, 'and by their password still')
    const again = await link(olga, 'olga-there')
    t.equal(again.status, 200, 'linked again, nothing is changed')
  },
)

t.test(
  'an address that the provider has verified links nobody where it is not trusted',
  async (t) => {
    const nora = await newcomer(api, 'Nora', { main: 'operator' })
    provider.people.set('nora-there', { email: nora.email, isEmailVerified: true })
    t.equal(pick(await signInAs(api, provider, 'nora-there'), 'code'), 'IDENTITY_UNKNOWN')
  },
)

t.test('whoever holds a session alone links nothing', async (t) => {
  const caller = callerWith(await logIn(api, olga))
  const body = { password: 'seven owls on a tram' }
  const answer = await api.call('POST', '/api/auth/identities', { caller, body })
  t.equal(answer.status, 403)
  t.equal(pick(answer, 'code'), 'PASSWORD_WRONG')
  t.equal(answer.headers['set-cookie'], undefined)
})

t.test('what ends the session ends what was begun in it', async (t) => {
  const caller = callerWith(await logIn(api, olga))
  const { url, cookie } = await beginLink(caller, olga)
  await api.post('/api/auth/logout', {}, { caller })
  provider.people.set('late', {})
  const answer = await comeBack(api, cookie, await provider.signIn(url, 'late'))
  t.equal(pick(answer, 'code'), 'SIGN_IN_NOT_BEGUN')
  t.equal(pick(await signInAs(api, provider, 'late'), 'code'), 'IDENTITY_UNKNOWN')
})

t.test('an identity is one user’s, and a user has one of a provider', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const taken = await link(max, 'olga-there')
  t.equal(taken.status, 409)
  t.equal(pick(taken, 'code'), 'IDENTITY_TAKEN')
  provider.people.set('second-olga', {})
  const second = await link(olga, 'second-olga')
  t.equal(second.status, 409)
  t.equal(pick(second, 'code'), 'IDENTITY_ALREADY_LINKED')
  const maxs = callerWith(await logIn(api, max))
  t.same(dig(await api.get('/api/auth/identities', { caller: maxs }), 'data'), [])
  t.equal(pick(await signInAs(api, provider, 'second-olga'), 'code'), 'IDENTITY_UNKNOWN')
})

t.test('two who link the same at once are one who does', async (t) => {
  provider.people.set('wanted', {})
  const two = [
    await person(api, 'Ann', { main: 'operator' }),
    await person(api, 'Bea', { main: 'operator' }),
  ]
  const answers = await Promise.all(two.map((one) => link(one, 'wanted')))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200, 409]))
})

t.test('unlinked, it signs nobody in, and all other sessions end', async (t) => {
  const caller = callerWith(await logIn(api, olga))
  const byProvider = callerWith(await signInAs(api, provider, 'olga-there'))
  const id = pick(await api.get('/api/auth/identities', { caller }), 'data', 0, 'id')
  const eve = callerWith(await logIn(api, await person(api, 'Eve', { main: 'owner' })))
  const hers = await api.call('DELETE', `/api/auth/identities/${id}`, { caller: eve })
  t.equal(pick(hers, 'code'), 'LINKED_IDENTITY_UNKNOWN', 'nobody unlinks another’s')
  const done = await api.call('DELETE', `/api/auth/identities/${id}`, { caller })
  t.equal(done.status, 200)
  t.equal((await api.get('/api/auth/me', { caller })).status, 200)
  t.equal((await api.get('/api/auth/me', { caller: byProvider })).status, 401)
  t.equal(pick(await signInAs(api, provider, 'olga-there'), 'code'), 'IDENTITY_UNKNOWN')
  const again = await api.call('DELETE', `/api/auth/identities/${id}`, { caller })
  t.equal(pick(again, 'code'), 'LINKED_IDENTITY_UNKNOWN')
  t.equal((await link(await person(api, 'Zoe', { main: 'operator' }), 'olga-there')).status, 200)
})

t.test('who took an address is no member of what invites it without the link', async (t) => {
  const mallory = await person(api, 'Mallory', { main: 'operator' })
  provider.people.set('mallory-there', {})
  t.equal((await link(mallory, 'mallory-there')).status, 200)
  const email = 'chief@example.com'
  const { password } = mallory
  const caller = callerWith(await logIn(api, mallory))
  t.equal(
    (await api.call('POST', '/api/auth/email', { body: { password, email }, caller })).status,
    200,
  )
  const token = await invitation(api, { ...mallory, name: 'The chief', email }, 'third')
  const answer = await signInAs(api, provider, 'mallory-there', 'third')
  t.equal(pick(answer, 'code'), 'MEMBERSHIP_REQUIRED')
  const used = await api.call('POST', '/api/auth/setup', {
    body: { token, password },
    caller: nobody,
  })
  t.equal(used.status, 200, 'given the link and the password, they are who was meant')
  t.equal((await signInAs(api, provider, 'mallory-there', 'third')).status, 200)
})

t.test('callers of the configuration link nothing, and have nothing', async (t) => {
  t.same(dig(await api.get('/api/auth/identities'), 'data'), [])
  const begun = await api.call('POST', '/api/auth/identities', { body: { password: 'x' } })
  t.equal(pick(begun, 'code'), 'SIGN_IN_REQUIRED')
  const ended = await api.call('DELETE', '/api/auth/identities/x')
  t.equal(pick(ended, 'code'), 'SIGN_IN_REQUIRED')
  t.equal((await api.get('/api/auth/identities', { caller: nobody })).status, 401)
})
