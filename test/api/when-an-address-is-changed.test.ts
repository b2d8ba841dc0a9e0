import t from 'tap'
import { emailId } from '#commands/identity/find-user.ts'
import { user } from '#domain/identity/user.ts'
import { userEmail } from '#domain/identity/user-email.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { testApi } from '#test/support/api.ts'
import { asked, callerWith, logIn, type Person, person } from '#test/support/people.ts'
import { eventually, pick, type TestCaller } from '#test/support/server.ts'

const api = await testApi(t)
const { identity } = api.daybook

const change = (caller: TestCaller, body: object) =>
  api.call('POST', '/api/auth/email', { body, caller })
const statusOf = async (who: Person, email: string) => (await logIn(api, { ...who, email })).status

t.test(
  'who knows the password signs in with another address, and the one before is free',
  async (t) => {
    const ann = await person(api, 'Ann', { main: 'operator' })
    const caller = callerWith(await logIn(api, ann))
    const email = 'ann.b@example.com'
    t.match(await change(caller, { password: ann.password, email }), {
      status: 200,
      body: { success: true, data: { email } },
    })
    t.equal(pick(await api.get('/api/auth/me', { caller }), 'data', 'user', 'email'), email)
    t.equal(await statusOf(ann, ' ANN.B@example.com'), 200)
    t.equal(await statusOf(ann, ann.email), 401)
    const other = await person(api, 'Ann', { other: 'operator' })
    t.not(other.userId, ann.userId, 'somebody else has it now')
    const back = await change(caller, { password: ann.password, email: ann.email })
    t.match(back, { status: 409, body: { code: 'EMAIL_TAKEN', errors: [{ pointer: '/email' }] } })
    t.equal(await statusOf(ann, email), 200)
  },
)

t.test('the same address may be written otherwise, and an old one taken up again', async (t) => {
  const bea = await person(api, 'Bea', { main: 'operator' })
  const caller = callerWith(await logIn(api, bea))
  const { password } = bea
  for (const email of ['Bea@Example.com', 'bea.c@example.com', bea.email, bea.email]) {
    t.equal((await change(caller, { password, email })).status, 200, email)
    t.equal(pick(await logIn(api, { ...bea, email }), 'data', 'user', 'email'), email)
  }
  t.equal(await statusOf(bea, 'bea.c@example.com'), 401)
})

t.test('a wrong password changes nothing', async (t) => {
  const cy = await person(api, 'Cy', { main: 'operator' })
  const caller = callerWith(await logIn(api, cy))
  const wrong = await change(caller, { password: 'x', email: 'cy.d@example.com' })
  t.match(wrong, {
    status: 403,
    body: { code: 'PASSWORD_WRONG', errors: [{ pointer: '/password' }] },
  })
  t.equal(await statusOf(cy, cy.email), 200)
  t.match(await change(caller, { password: cy.password, email: 'cy' }), {
    status: 400,
    body: { errors: [{ pointer: '/email' }] },
  })
})

t.test('whether addresses are taken can be asked a few times', async (t) => {
  const di = await person(api, 'Di', { main: 'operator' })
  await person(api, 'Eli', { other: 'operator' })
  const caller = callerWith(await logIn(api, di))
  const body = { password: di.password, email: 'eli@example.com' }
  const statuses: number[] = []
  for (let i = 0; i < 12; i += 1) statuses.push((await change(caller, body)).status)
  t.same(new Set(statuses.slice(0, 10)), new Set([409]))
  t.same(statuses.slice(10), [429, 429])
  const slowed = await change(caller, body)
  t.equal(pick(slowed, 'code'), 'EMAIL_CHANGES_SLOWED')
  t.ok(Number(slowed.headers['retry-after']) > 0)
  await eventually('it is on record', async () => {
    const path = `/api/refusals?code=EMAIL_TAKEN&actor=${di.userId}`
    return JSON.stringify((await api.get(path)).body).includes('/api/auth/email')
  })
})

t.test('a free address in between forgives nothing', async (t) => {
  const hal = await person(api, 'Hal', { main: 'operator' })
  const caller = callerWith(await logIn(api, hal))
  const { password } = hal
  const statuses: number[] = []
  for (let i = 0; i < 6; i += 1) {
    for (const email of ['eli@example.com', `hal.${i}@example.com`]) {
      statuses.push((await change(caller, { password, email })).status)
    }
    await api.call('POST', '/api/auth/password', {
      body: { password, newPassword: password },
      caller,
    })
  }
  t.same(statuses, [409, 200, 409, 200, 409, 200, 409, 200, 409, 200, 429, 429])
  t.equal(await statusOf(hal, 'hal.4@example.com'), 200)
})

t.test('of two who want the same address one gets it, and the other keeps theirs', async (t) => {
  const two = [
    await person(api, 'Ida', { main: 'operator' }),
    await person(api, 'Jon', { main: 'operator' }),
  ]
  const email = 'wanted@example.com'
  const answers = await Promise.all(
    two.map(async (one) =>
      change(callerWith(await logIn(api, one)), { password: one.password, email }),
    ),
  )
  t.same(new Set(answers.map(({ status }) => status)), new Set([200, 409]))
  for (const [i, one] of two.entries()) {
    const isTheirs = answers[i]?.status === 200
    t.equal(await statusOf(one, email), isTheirs ? 200 : 401)
    t.equal(await statusOf(one, one.email), isTheirs ? 401 : 200)
  }
})

t.test('who asks for several addresses at once has one of them', async (t) => {
  const kit = await person(api, 'Kit', { main: 'operator' })
  const caller = callerWith(await logIn(api, kit))
  const { password } = kit
  const emails = ['kit.a@example.com', 'kit.b@example.com', 'kit.c@example.com']
  const answers = await Promise.all(emails.map((email) => change(caller, { password, email })))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  const present = pick(await api.get('/api/auth/me', { caller }), 'data', 'user', 'email')
  for (const email of [kit.email, ...emails]) {
    t.equal(await statusOf(kit, email), email === present ? 200 : 401, email)
  }
})

t.test('a crash after the event leaves nobody with two addresses', async (t) => {
  const fay = await person(api, 'Fay', { main: 'operator' })
  const email = 'fay.g@example.com'
  const { userId } = fay
  const claim = { type: 'ClaimUserEmail', userId } as const
  const { handler } = identity
  await handler.handle(userEmail, emailId(identity, email), claim, asked(INSTALLATION))
  t.equal(await statusOf(fay, fay.email), 200)
  const changed = { type: 'ChangeUserEmail', userId, email } as const
  await handler.handle(user, userId, changed, asked(INSTALLATION))
  const isFree = async () => (await statusOf(fay, fay.email)) === 401
  await eventually('a process of the log lets go of the one before', isFree)
  t.equal(await statusOf(fay, email), 200)
})
