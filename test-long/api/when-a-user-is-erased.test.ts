import t from 'tap'
import { readErasures } from '#adapters/keys/erasure-list.ts'
import { eraseUser, forgetUser } from '#commands/identity/erase-user.ts'
import { profileOf } from '#commands/identity/find-user.ts'
import { linkIdentity } from '#commands/identity/link-identity.ts'
import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testApi } from '#test/support/api.ts'
import { asked, callerWith, invitation, logIn, newcomer, person } from '#test/support/people.ts'
import { dig, pick } from '#test/support/server.ts'
import { disguises } from '../spine/support/disguises.ts'
import { rowsWith } from '../spine/support/every-table.ts'

const api = await testApi(t)
const { daybook } = api
const { identity, keyRing, findKnowing } = daybook
const deps = { ...identity, keyRing, findKnowing }
const NAME = 'Quillfeather'
const forms = disguises(NAME)
const leaver = await person(api, NAME, { main: 'owner', shop: 'accountant' })
const { userId, email } = leaver
const context = () => asked(INSTALLATION)
const erase = () => eraseUser(deps, { email, reason: 'left' }, context())
const places = async () => {
  await api.caughtUp()
  const found = await rowsWith(api.database.database, forms)
  return found.places.map(({ table }) => table)
}

t.test('the last owner is refused, and nothing is done', async (t) => {
  const head = await daybook.log.head()
  const facts = { organisation: 'main' }
  await t.rejects(erase(), { code: 'USER_LAST_OWNER', facts })
  t.equal(await daybook.log.head(), head)
  t.equal((await logIn(api, leaver)).status, 200)
})

t.test('erased, they stand nowhere, and sign in as nobody does', async (t) => {
  const olga = await person(api, 'Olga', { main: 'owner' })
  await invitation(api, leaver, 'third')
  const proven = { issuer: 'https://login.example', subject: `${NAME}-there` }
  await linkIdentity(identity, userId, proven, 'session', context())
  const signedIn = callerWith(await logIn(api, leaver))
  t.equal((await logIn(api, { email, password: 'nine owls on a tram' })).status, 401)
  t.ok((await places()).includes('identity_members.member'), 'or nothing would be proved')

  t.same(await erase(), { userId })
  t.same(await places(), [])
  t.same(await profileOf(identity, userId), { name: 'erased', email: 'erased' })
  t.equal((await api.get('/api/auth/me', { caller: signedIn })).status, 401)
  const answers = [
    await logIn(api, leaver),
    await logIn(api, { ...leaver, email: 'n@example.com' }),
  ]
  const [theirs, nobodys] = answers.map((one) => [one.status, dig(one, 'code')])
  t.same(theirs, [401, 'SIGN_IN_FAILED'])
  t.same(theirs, nobodys)
  const listed = await Array.fromAsync(readErasures(daybook.config.erasuresFile))
  const subjects = new Set(listed.map(({ subject }) => subject))
  for (const one of [INSTALLATION, 'main', 'shop', 'third']) {
    t.ok(subjects.has(`${one}/${userId}`), `a restore repeats it in ${one}`)
  }
  const members = await api.get('/api/members', { caller: callerWith(await logIn(api, olga)) })
  t.match(members, { status: 200 })
  t.notMatch(JSON.stringify(members.body), userId)
  const { rows } = await api.database.database.engine.query<{ n: string }>(
    `select (select count(*) from identity.password where user_id = $1)
       + (select count(*) from identity.one_time_link where user_id = $1)
       + (select count(*) from identity.known_address where user_id = $1)
       + (select count(*) from identity.session where user_id = $1) as n`,
    [userId],
  )
  t.same(rows, [{ n: '0' }])
  const said = (await identity.handler.history(user, INSTALLATION, userId, 1000)).at(-1)
  t.match(said, { type: 'UserErased', data: { reason: 'left' }, metadata: { actor: 'cli:test' } })
})

t.test('what came late goes too, and rows folded anew are the same', async (t) => {
  const late = invitation(api, leaver, 'fourth')
  await t.rejects(late, { code: 'USER_ERASED' }, 'the invitation stands, without a link')
  t.ok((await places()).length > 0)
  await forgetUser(deps, userId, context())
  t.same(await places(), [])
  const { equal, findings } = await daybook.engine.verify('identity_members')
  t.ok(equal, JSON.stringify(findings))
})

t.test('the address may be used anew by another person', async (t) => {
  await t.rejects(erase(), { code: 'USER_UNKNOWN' }, 'nobody has it')
  const other = await newcomer(api, NAME, { main: 'auditor' })
  t.not(other.userId, userId)
  t.same(await profileOf(identity, other.userId), { name: NAME, email })
  t.same(await profileOf(identity, userId), { name: 'erased', email: 'erased' })
  await forgetUser(deps, userId, context())
  t.same(await profileOf(identity, other.userId), { name: NAME, email }, 'they stay')
  t.match(pick(await logIn(api, leaver), 'code'), 'SIGN_IN_FAILED')
})
