import t from 'tap'
import { changeEmail } from '#commands/identity/change-email.ts'
import { knownUser } from '#commands/identity/find-user.ts'
import type { IdentityDeps } from '#commands/identity/identity-deps.ts'
import { linkIdentity } from '#commands/identity/link-identity.ts'
import { makeLink } from '#commands/identity/make-link.ts'
import { changePassword, useLink } from '#commands/identity/set-password.ts'
import { signIn, switchOrganisation } from '#commands/identity/sign-in.ts'
import { testApi } from '#test/support/api.ts'
import {
  asked,
  callerWith,
  invitation,
  logIn,
  newcomer,
  type Person,
  person,
} from '#test/support/people.ts'
import { pick } from '#test/support/server.ts'
import { untilOneWaits } from '#test/support/until-one-waits.ts'

/** Looking at a password takes its time: what was proved may not hold any more once it is done. */

const api = await testApi(t)
const { identity } = api.daybook
const address = 'the-network'
const byThem = () => asked('main')
const NEXT = 'nine owls on a slow tram'

/** Something happens while the first password is looked at, or hashed. */
function during(event: () => Promise<unknown>): IdentityDeps {
  const { passwordHashing } = identity
  let isOver = false
  const after = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work
    if (!isOver) {
      isOver = true
      await event()
    }
    return done
  }
  return {
    ...identity,
    passwordHashing: {
      hash: (password) => after(passwordHashing.hash(password)),
      verify: (password, phc) => after(passwordHashing.verify(password, phc)),
    },
  }
}

const byLink = (token: string, password: string, deps = identity) =>
  useLink(deps, { token, password, address }, byThem)

async function reset({ userId }: Person): Promise<void> {
  const { token } = await makeLink(identity, { userId, purpose: 'reset' }, byThem())
  await byLink(token, NEXT)
}

async function hashAnew({ userId, password }: Person): Promise<void> {
  const phc = (await identity.credentials.passwordOf(userId)) ?? ''
  await identity.credentials.rehash(userId, phc, await identity.passwordHashing.hash(password))
}

t.test(
  'given a password that is reset while somebody signs in with it, then they fail as with a wrong one',
  async (t) => {
    const ann = await person(api, 'Ann', { main: 'operator' })
    const deps = during(() => reset(ann))
    await t.rejects(signIn(deps, { ...ann, address }), { code: 'SIGN_IN_FAILED' })
    t.same(await identity.sessions.list(ann.userId), [])
    t.equal((await logIn(api, { ...ann, password: NEXT })).status, 200)
  },
)

t.test('so it is when they are erased meanwhile', async (t) => {
  const bob = await person(api, 'Bob', { main: 'operator' })
  const deps = during(() => identity.credentials.forget(bob.userId))
  await t.rejects(signIn(deps, { ...bob, address }), { code: 'SIGN_IN_FAILED' })
  t.same(await identity.sessions.list(bob.userId), [])
})

t.test('the same password hashed anew is the same password', async (t) => {
  const cy = await person(api, 'Cy', { main: 'operator' })
  const { session } = await signIn(
    during(() => hashAnew(cy)),
    { ...cy, address },
  )
  const { sessionId, userId } = session
  const change = { userId, sessionId, address, password: cy.password, newPassword: NEXT }
  await changePassword(
    during(() => hashAnew(cy)),
    change,
    byThem(),
  )
  t.equal((await logIn(api, cy)).status, 401)
  t.equal((await logIn(api, { ...cy, password: NEXT })).status, 200)
})

t.test('a change does not undo the reset that came before it was done', async (t) => {
  const di = await person(api, 'Di', { main: 'operator' })
  const { session } = await signIn(identity, { ...di, address })
  const { sessionId, userId } = session
  const newPassword = 'ten owls on a slow tram'
  const change = { userId, sessionId, address, password: di.password, newPassword }
  await t.rejects(
    changePassword(
      during(() => reset(di)),
      change,
      byThem(),
    ),
    {
      code: 'PASSWORD_WRONG',
    },
  )
  t.same(await identity.sessions.list(userId), [])
  t.equal((await logIn(api, { ...di, password: newPassword })).status, 401)
  t.equal((await logIn(api, { ...di, password: NEXT })).status, 200)
})

t.test('an address is changed by the password of now, or not at all', async (t) => {
  const jo = await person(api, 'Jo', { main: 'operator' })
  const { userId, password } = jo
  const change = (email: string) => ({ userId, password, email, address })
  await changeEmail(
    during(() => hashAnew(jo)),
    change('jo.h@example.com'),
    byThem(),
  )
  t.equal((await logIn(api, { ...jo, email: 'jo.h@example.com' })).status, 200)
  const outdated = changeEmail(
    during(() => reset(jo)),
    change('jo.i@example.com'),
    byThem(),
  )
  await t.rejects(outdated, { code: 'PASSWORD_WRONG' })
  const now = { email: 'jo.h@example.com', password: NEXT }
  t.equal((await logIn(api, now)).status, 200)
  t.equal((await logIn(api, { ...now, email: 'jo.i@example.com' })).status, 401)
  const other = await newcomer(api, 'jo.i', { main: 'operator' })
  t.not(other.userId, userId, 'nor was the other one claimed')
})

t.test('a reset waits for a change of the address, and tells which it is by then', async (t) => {
  const kim = await person(api, 'Kim', { main: 'operator' })
  const { userId, password } = kim
  const email = 'kim.l@example.com'
  const { token } = await makeLink(identity, { userId, purpose: 'reset' }, byThem())
  let resetting: ReturnType<typeof byLink> | undefined
  const credentials: IdentityDeps['credentials'] = {
    ...identity.credentials,
    whilePresent: (ofUser, phc, work) =>
      identity.credentials.whilePresent(ofUser, phc, async () => {
        resetting = byLink(token, NEXT)
        await untilOneWaits(api.database.login)
        await work()
      }),
  }
  await changeEmail({ ...identity, credentials }, { userId, password, email, address }, byThem())
  t.match(await resetting, { email })
  t.equal((await logIn(api, { email, password: NEXT })).status, 200)
  t.equal((await logIn(api, { email, password })).status, 401)
})

t.test('an invitation does not replace what was set by another meanwhile', async (t) => {
  const eli = await newcomer(api, 'Eli', {})
  const [mains, others] = [await invitation(api, eli, 'main'), await invitation(api, eli, 'other')]
  const inviters = 'what the inviter chose'
  const deps = during(() => byLink(mains, NEXT))
  await t.rejects(byLink(others, inviters, deps), { code: 'SIGN_IN_FAILED' })
  t.equal((await logIn(api, { ...eli, password: inviters })).status, 401)
  t.equal((await logIn(api, { ...eli, password: NEXT })).status, 200)
})

t.test('nor does it give one to who signs in with a provider by then', async (t) => {
  const fay = await newcomer(api, 'Fay', {})
  const { userId } = fay
  const token = await invitation(api, fay, 'other')
  const there = { issuer: 'https://identity.example', subject: 'fay-there' }
  const deps = during(() => linkIdentity(identity, userId, there, 'email', byThem()))
  await t.rejects(byLink(token, NEXT, deps), { code: 'ONE_TIME_LINK_UNKNOWN' })
  t.equal(await identity.credentials.passwordOf(userId), undefined)
  t.equal((await logIn(api, { ...fay, password: NEXT })).status, 401)
})

t.test('who goes on elsewhere many times at once has one session still', async (t) => {
  const gus = await person(api, 'Gus', { main: 'operator', other: 'auditor' })
  const caller = callerWith(await logIn(api, gus))
  const body = { organisation: 'other' }
  const switches = () => api.call('POST', '/api/auth/switch', { caller, body })
  const answers = await Promise.all(Array.from({ length: 6 }, switches))
  const given = answers.filter(({ status }) => status === 200)
  t.ok(given.length > 0)
  for (const { status } of answers) t.ok(status === 200 || status === 401, `${status}`)
  t.equal((await identity.sessions.list(gus.userId)).length, 1)
  const asking = given.map((one) => api.get('/api/auth/me', { caller: callerWith(one) }))
  const good = (await Promise.all(asking)).filter(({ status }) => status === 200)
  t.equal(good.length, 1, 'the tokens that were given last')
})

t.test('who ends all other sessions ends also one that is about to go on elsewhere', async (t) => {
  const hal = await person(api, 'Hal', { main: 'operator', other: 'auditor' })
  const { session } = await signIn(identity, { ...hal, address })
  const { userId, sessionId } = session
  const found = { userId, user: await knownUser(identity, userId) }
  const sessions: IdentityDeps['sessions'] = {
    ...identity.sessions,
    async goOn(...asked) {
      await identity.sessions.endAll(userId)
      return identity.sessions.goOn(...asked)
    },
  }
  const gone = await switchOrganisation({ ...identity, sessions }, found, sessionId, 'other')
  t.equal(gone, undefined)
  t.same(await identity.sessions.list(userId), [])
})

t.test('and where nobody heard yet that it ended, going on tells', async (t) => {
  const ida = await person(api, 'Ida', { main: 'operator', other: 'auditor' })
  const caller = callerWith(await logIn(api, ida))
  const { engine } = api.database.database
  await api.get('/api/auth/me', { caller })
  await engine.query('delete from identity.session where user_id = $1', [ida.userId])
  const body = { organisation: 'other' }
  const answer = await api.call('POST', '/api/auth/switch', { caller, body })
  t.equal(answer.status, 401)
  t.equal(pick(answer, 'code'), 'ACCESS_TOKEN_ENDED')
})
