import t from 'tap'
import { makeLink } from '#commands/identity/make-link.ts'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import {
  asked,
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
import { untilOneWaits } from '#test/support/until-one-waits.ts'

/** The provider is not trusted with addresses: people link who they are there while they are signed in here. */

const provider = await testIdentityProvider(t)
const api = await testApi(t, configuredWith(provider))
const { identity } = api.daybook
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

async function reset(
  who: Pick<Person, 'userId'>,
): Promise<(password: string) => Promise<ApiAnswer>> {
  const { userId } = who
  const { token } = await makeLink(identity, { userId, purpose: 'reset' }, asked('main'))
  const path = '/api/auth/setup'
  return (password) => api.call('POST', path, { body: { token, password }, caller: nobody })
}

/** Somebody who took the address of another, and is found by that, with what would bring them back. */
async function squatter(name: string) {
  const who = await person(api, name, { main: 'operator' })
  const subject = `${name}-there`
  provider.people.set(subject, {})
  t.equal((await link(who, subject)).status, 200)
  return { ...who, subject }
}

t.test('whoever a reset gives the account to has it alone', async (t) => {
  const mallory = await squatter('Mabel')
  const byProvider = callerWith(await signInAs(api, provider, mallory.subject))
  const setUp = await reset(mallory)
  t.equal((await setUp('short')).status, 422)
  t.equal((await signInAs(api, provider, mallory.subject)).status, 200, 'not before it is used')
  const password = 'the chief sold nine lamps'
  t.equal((await setUp(password)).status, 200)
  t.equal((await api.get('/api/auth/me', { caller: byProvider })).status, 401)
  t.equal(pick(await signInAs(api, provider, mallory.subject), 'code'), 'IDENTITY_UNKNOWN')
  const chief = callerWith(await logIn(api, { ...mallory, password }))
  t.same(dig(await api.get('/api/auth/identities', { caller: chief }), 'data'), [])
  const other = await person(api, 'Max2', { main: 'operator' })
  t.equal((await link(other, mallory.subject)).status, 200, 'and it is free')
})

t.test('a reset that was cut off is completed by using the link again', async (t) => {
  const mallory = await squatter('Minna')
  const setUp = await reset(mallory)
  const password = 'the chief sold ten lamps'
  const { credentials } = identity
  const setPassword = credentials.setPassword.bind(credentials)
  credentials.setPassword = () => Promise.reject(new Error('gone'))
  const cutOff = await setUp(password).finally(() => (credentials.setPassword = setPassword))
  t.equal(cutOff.status, 500)
  t.equal(pick(await signInAs(api, provider, mallory.subject), 'code'), 'IDENTITY_UNKNOWN')
  t.equal((await setUp(password)).status, 200)
  t.equal((await logIn(api, { ...mallory, password })).status, 200)
  t.equal((await logIn(api, mallory)).status, 401)
})

t.test('who links while the account is given to another links nothing', async (t) => {
  const mallory = await squatter('Milly')
  const { credentials, sessions } = identity
  const setUp = await reset(mallory)
  const setPassword = credentials.setPassword.bind(credentials)
  credentials.setPassword = async (password) => {
    credentials.setPassword = setPassword
    t.equal((await link(mallory, mallory.subject)).status, 200, 'they can still sign in')
    return setPassword(password)
  }
  const password = 'the chief sold two lamps'
  t.equal((await setUp(password)).status, 200)
  t.equal(pick(await signInAs(api, provider, mallory.subject), 'code'), 'IDENTITY_UNKNOWN')

  const [chief, again] = [{ ...mallory, password }, await reset(mallory)]
  const { url, cookie } = await beginLink(callerWith(await logIn(api, chief)), chief)
  const at = await provider.signIn(url, mallory.subject)
  const whileSignedIn = sessions.whileSignedIn.bind(sessions)
  sessions.whileSignedIn = async (...asked) => {
    sessions.whileSignedIn = whileSignedIn
    t.equal((await again('the chief sold six lamps')).status, 200)
    return whileSignedIn(...asked)
  }
  t.equal(pick(await comeBack(api, cookie, at), 'code'), 'SIGN_IN_NOT_BEGUN')
  t.equal(pick(await signInAs(api, provider, mallory.subject), 'code'), 'IDENTITY_UNKNOWN')
})

t.test('a reset waits for what is being linked, and unlinks it, also after a crash', async (t) => {
  const mallory = await squatter('Mimi')
  const subject = 'mimi-elsewhere'
  provider.people.set(subject, {})
  const { sessions } = identity
  const whileSignedIn = sessions.whileSignedIn.bind(sessions)
  const id = pick(await identitiesOf(mallory), 'data', 0, 'id')
  const own = callerWith(await logIn(api, mallory))
  await api.call('DELETE', `/api/auth/identities/${id}`, { caller: own })
  const setUp = await reset(mallory)
  const password = 'the chief sold nine owls'
  let setting: Promise<ApiAnswer> | undefined
  sessions.whileSignedIn = async (userId, sessionId, work) => {
    sessions.whileSignedIn = whileSignedIn
    await whileSignedIn(userId, sessionId, async () => {
      setting = setUp(password)
      await untilOneWaits(api.database.login)
      await work()
    })
    throw new Error('gone')
  }
  t.equal((await link(mallory, subject)).status, 500)
  t.equal((await setting)?.status, 200)
  t.equal(pick(await signInAs(api, provider, subject), 'code'), 'IDENTITY_UNKNOWN')
  t.same(dig(await identitiesOf({ ...mallory, password }), 'data'), [])
})

t.test('who signs in by what is unlinked at that moment has no session after it', async (t) => {
  const max = await squatter('Marla')
  const { sessions } = identity
  const begin = sessions.begin.bind(sessions)
  const endAll = sessions.endAll.bind(sessions)
  const caller = callerWith(await logIn(api, max))
  const { sessionId } = (await sessions.list(max.userId))[0] ?? {}
  const remain = async () => (await sessions.list(max.userId)).map((one) => one.sessionId)
  const unlink = async () => {
    const id = pick(await api.get('/api/auth/identities', { caller }), 'data', 0, 'id')
    return api.call('DELETE', `/api/auth/identities/${id}`, { caller })
  }
  await sessions.endAll(max.userId, sessionId)

  await t.test('where it was unlinked before the session began', async (t) => {
    sessions.begin = async (of) => {
      sessions.begin = begin
      t.equal((await unlink()).status, 200)
      return begin(of)
    }
    t.equal(pick(await signInAs(api, provider, max.subject), 'code'), 'IDENTITY_UNKNOWN')
    t.same(await remain(), [sessionId])
  })
  await t.test('where it is still linked when that began', async (t) => {
    t.equal((await link(max, max.subject)).status, 200)
    await sessions.endAll(max.userId, sessionId)
    const [ended, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let unlinking: Promise<ApiAnswer> | undefined
    sessions.endAll = async (...asked) => {
      sessions.endAll = endAll
      const count = await endAll(...asked)
      ended.resolve()
      await answered.promise
      return count
    }
    sessions.begin = async (of) => {
      sessions.begin = begin
      unlinking = unlink()
      await ended.promise
      return begin(of)
    }
    t.equal((await signInAs(api, provider, max.subject)).status, 200)
    answered.resolve()
    t.equal((await unlinking)?.status, 200)
    t.same(await remain(), [sessionId])
  })
})

async function identitiesOf(who: Pick<Person, 'email' | 'password'>): Promise<ApiAnswer> {
  return api.get('/api/auth/identities', { caller: callerWith(await logIn(api, who)) })
}

t.test('nothing else that sets a password unlinks anything', async (t) => {
  const max = await squatter('Maxim')
  const newPassword = 'eleven owls on a tram'
  const caller = callerWith(await logIn(api, max))
  const body = { password: max.password, newPassword }
  t.equal((await api.call('POST', '/api/auth/password', { body, caller })).status, 200)
  const accepted = { token: await invitation(api, max, 'third'), password: newPassword }
  const accept = await api.call('POST', '/api/auth/setup', { body: accepted, caller: nobody })
  t.equal(accept.status, 200)
  t.equal((await signInAs(api, provider, max.subject, 'third')).status, 200)
})

t.test('callers of the configuration link nothing, and have nothing', async (t) => {
  t.same(dig(await api.get('/api/auth/identities'), 'data'), [])
  const begun = await api.call('POST', '/api/auth/identities', { body: { password: 'x' } })
  t.equal(pick(begun, 'code'), 'SIGN_IN_REQUIRED')
  const ended = await api.call('DELETE', '/api/auth/identities/x')
  t.equal(pick(ended, 'code'), 'SIGN_IN_REQUIRED')
  t.equal((await api.get('/api/auth/identities', { caller: nobody })).status, 401)
})
