import t from 'tap'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { type MadeLink, makeLink } from '#commands/identity/make-link.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { useLink } from '#commands/identity/set-password.ts'
import { members } from '#domain/identity/members.ts'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import {
  asked,
  callerWith,
  invitation,
  logIn,
  newcomer,
  nobody,
  person,
} from '#test/support/people.ts'
import { dig, pick } from '#test/support/server.ts'

const api = await testApi(t)
const { identity } = api.daybook
const olga = await person(api, 'Olga', { main: 'owner' })

const setUp = (token: string, password: string): Promise<ApiAnswer> =>
  api.call('POST', '/api/auth/setup', { body: { token, password }, caller: nobody })
const linkFor = (userId: string): Promise<MadeLink> =>
  makeLink(identity, { userId, purpose: 'reset' }, asked('main'))

const invite = (userId: string, email: string, organisation: string): Promise<string> =>
  invitation(api, { userId, email, name: 'N' }, organisation)

t.test('a link sets the password once, and ends all sessions', async (t) => {
  const before = callerWith(await logIn(api, olga))
  const { token, expiresAt } = await linkFor(olga.userId)
  t.ok(Date.parse(expiresAt) > Date.now())
  const password = 'nine owls on a slow tram'
  const set = await setUp(token, password)
  t.same(dig(set, 'data'), { email: olga.email })
  t.equal((await api.get('/api/auth/me', { caller: before })).status, 401)
  t.equal((await logIn(api, olga)).status, 401, 'the password before')
  t.equal((await logIn(api, { ...olga, password })).status, 200)
  const again = await setUp(token, 'ten owls on a slow tram')
  t.equal(pick(again, 'code'), 'ONE_TIME_LINK_UNKNOWN')
})

t.test('of two links the later counts, and none that is over', async (t) => {
  const [first, second] = [await linkFor(olga.userId), await linkFor(olga.userId)]
  t.equal((await setUp(first.token, olga.password)).status, 404)
  await api.database.database.engine.query(
    `update identity.one_time_link set expires_at = now() - interval '1 second'`,
  )
  t.equal((await setUp(second.token, olga.password)).status, 404)
  t.equal((await setUp('dbl_none', olga.password)).status, 404)
  const third = await linkFor(olga.userId)
  t.equal((await setUp(third.token, olga.password)).status, 200)
})

t.test('a password that is refused uses no link up', async (t) => {
  const { token } = await linkFor(olga.userId)
  for (const [password, code] of [
    ['x7!kfmWq', 'PASSWORD_TOO_SHORT'],
    ['olga olga olga olga', 'PASSWORD_TOO_COMMON'],
    ['x'.repeat(300), 'PASSWORD_TOO_LONG'],
  ] as const) {
    const answer = await setUp(token, password)
    t.equal(answer.status, 422)
    t.equal(pick(answer, 'code'), code)
    t.notMatch(JSON.stringify(answer.body), password)
  }
  t.equal((await setUp(token, olga.password)).status, 200)
})

t.test('of many who use a link at once, one has it', async (t) => {
  const { token } = await linkFor(olga.userId)
  const all = await Promise.all(Array.from({ length: 5 }, () => setUp(token, olga.password)))
  t.equal(all.filter(({ status }) => status === 200).length, 1)
})

t.test('who knows the password changes it, and stays signed in here alone', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const [here, there] = [callerWith(await logIn(api, max)), callerWith(await logIn(api, max))]
  const newPassword = 'eleven owls on a tram'
  const body = { password: max.password, newPassword }
  const change = (asked: object) =>
    api.call('POST', '/api/auth/password', { caller: here, body: asked })
  const wrong = await change({ ...body, password: 'twelve owls on a tram' })
  t.equal(wrong.status, 403)
  t.match(dig(wrong, 'errors'), [{ pointer: '/password', code: 'PASSWORD_WRONG' }])
  const weak = await change({ ...body, newPassword: 'max' })
  t.match(dig(weak, 'errors'), [{ pointer: '/newPassword', code: 'PASSWORD_TOO_SHORT' }])
  t.equal((await change(body)).status, 200)
  t.equal((await api.get('/api/auth/me', { caller: here })).status, 200)
  t.equal((await api.get('/api/auth/me', { caller: there })).status, 401)
  t.equal((await logIn(api, max)).status, 401)
  t.equal((await logIn(api, { ...max, password: newPassword })).status, 200)
})

t.test('an invitation makes a member of who has no password yet', async (t) => {
  const ned = { name: 'Ned', email: 'ned@example.com', password: 'three owls on a tram' }
  const { userId } = await findOrRegisterUser(identity, ned, asked('main'))
  const token = await invite(userId, ned.email, 'main')
  t.equal((await setUp(token, ned.password)).status, 200)
  const signed = await logIn(api, ned)
  t.match(dig(signed, 'data', 'user'), { organisation: 'main', role: 'accountant' })
})

t.test('it changes no password: whoever invites had the link as well', async (t) => {
  const ann = await person(api, 'Ann', { main: 'operator' })
  const token = await invite(ann.userId, ann.email, 'other')
  const thiefs = await setUp(token, 'what the inviter chose')
  t.equal(thiefs.status, 401)
  t.equal((await logIn(api, ann)).status, 200)
  t.same((dig(await logIn(api, ann), 'data', 'user', 'organisations') as unknown[]).length, 1)
  t.equal((await setUp(token, ann.password)).status, 200, 'with their own they accept it')
  t.same((dig(await logIn(api, ann), 'data', 'user', 'organisations') as unknown[]).length, 2)
  t.equal((await setUp(token, ann.password)).status, 404)
})

t.test('an invitation that was withdrawn is no link', async (t) => {
  const bob = await person(api, 'Bob', { main: 'operator' })
  const token = await invite(bob.userId, bob.email, 'other')
  const end = { type: 'EndMembership', organisation: 'other', userId: bob.userId } as const
  await identity.handler.handle(members, MEMBERS_ID, end, asked('other'))
  t.equal((await setUp(token, bob.password)).status, 404)
})

t.test('for a link of no invitation that stands nothing is hashed', async (t) => {
  const { userId } = await newcomer(api, 'Hal', {})
  const link = { userId, purpose: 'invitation', organisation: 'other' } as const
  const { token } = await makeLink(identity, link, asked('other'))
  const hashed = () => Promise.reject(new Error('hashed'))
  const passwordHashing = { ...identity.passwordHashing, hash: hashed, verify: hashed }
  const asks = { token, password: 'three owls on a tram', address: '127.0.0.1' }
  const used = useLink({ ...identity, passwordHashing }, asks, () => asked('other'))
  await t.rejects(used, { code: 'ONE_TIME_LINK_UNKNOWN' })
})

t.test('a hash of other parameters is made anew at the next sign-in', async (t) => {
  const { engine } = api.database.database
  const phcOf = async () => {
    const { rows } = await engine.query<{ phc: string }>(
      'select phc from identity.password where user_id = $1',
      [olga.userId],
    )
    return rows[0]?.phc ?? ''
  }
  const hashing = identity.passwordHashing
  await identity.credentials.setPassword({
    userId: olga.userId,
    phc: await hashing.hash(olga.password),
  })
  t.match(await phcOf(), '$argon2id$v=19$m=32768,t=3,p=1$')
  t.equal((await logIn(api, olga)).status, 200)
  t.match(await phcOf(), '$argon2id$v=19$m=64,t=1,p=1$')
  t.equal((await logIn(api, olga)).status, 200)
})
