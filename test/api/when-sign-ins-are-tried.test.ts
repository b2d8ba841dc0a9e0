import t from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { callerWith, logIn, person } from '#test/support/people.ts'
import { pick } from '#test/support/server.ts'

/** Whoever guesses is slowed, whoever has the password comes in, and nobody learns who has an account. */

const api = await testApi(t, { DAYBOOK_TRUSTED_PROXIES: 'loopback' })
const HOME = '192.0.2.1'
const wrong = 'seven owls on a tram'

const tryOften = async (email: string, from: (i: number) => string): Promise<ApiAnswer[]> => {
  const answers: ApiAnswer[] = []
  for (let i = 0; i < 40; i += 1) {
    answers.push(await logIn(api, { email, password: wrong }, { from: from(i) }))
  }
  return answers
}
const looked = (answers: readonly ApiAnswer[]): number =>
  answers.filter(({ status }) => status === 401).length
const statuses = (answers: readonly ApiAnswer[]): readonly number[] =>
  answers.map(({ status }) => status)

t.test(
  'given many attempts on one account, when its owner signs in at home, then they do',
  async (t) => {
    const olga = await person(api, 'Olga', { main: 'owner' })
    t.equal((await logIn(api, olga, { from: HOME })).status, 200)
    const answers = await tryOften(olga.email, (i) => `198.51.100.${i + 1}`)
    t.ok(looked(answers) <= 12, `${looked(answers)} were looked at`)
    const last = answers.at(-1) as ApiAnswer
    t.equal(last.status, 429)
    t.equal(pick(last, 'code'), 'SIGN_IN_SLOWED')
    t.ok(Number(last.headers['retry-after']) > 0)
    const right = await logIn(api, olga, { from: '198.51.100.77' })
    t.equal(right.status, 429, 'from elsewhere the right password is not looked at either')
    t.equal((await logIn(api, olga, { from: HOME })).status, 200)
  },
)

t.test('given no such account, then it is slowed alike', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const known = await tryOften(max.email, (i) => `203.0.113.${i + 1}`)
  const unknown = await tryOften('nobody@example.com', (i) => `203.0.113.${i + 101}`)
  t.same(statuses(unknown), statuses(known))
})

t.test('given one address that tries many accounts, then it is slowed, and no other', async (t) => {
  const eve = await person(api, 'Eve', { main: 'operator' })
  const answers: ApiAnswer[] = []
  for (let i = 0; i < 45; i += 1) {
    const email = `guess-${i}@example.com`
    answers.push(await logIn(api, { email, password: wrong }, { from: '2001:db8:1:2::5' }))
  }
  t.ok(looked(answers) >= 30 && looked(answers) < 45, `${looked(answers)} were looked at`)
  const same = await logIn(api, eve, { from: '2001:db8:1:2:ffff::1' })
  t.equal(same.status, 429, 'a /64 is one')
  t.equal((await logIn(api, eve, { from: '2001:db8:1:3::1' })).status, 200)
})

t.test('who succeeds, however often, is not slowed, and neither is their address', async (t) => {
  const many = await person(api, 'Many', { main: 'operator' })
  for (let i = 0; i < 40; i += 1) {
    const answer = await logIn(api, many, { from: '192.0.2.9' })
    t.equal(answer.status, 200)
  }
})

t.test('attempts at once are counted as if they came one by one', async (t) => {
  const all = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      logIn(api, { email: 'at-once@example.com', password: wrong }, { from: `192.0.2.${i + 100}` }),
    ),
  )
  t.ok(looked(all) <= 12, `${looked(all)} were looked at`)
})

t.test('the count drains with time', async (t) => {
  const email = 'drained@example.com'
  const from = '192.0.2.50'
  const answers = await tryOften(email, () => from)
  t.equal(answers.at(-1)?.status, 429)
  await api.database.database.engine.query(
    `update identity.sign_in_attempts set at = at - interval '16 minutes'`,
  )
  t.equal((await logIn(api, { email, password: wrong }, { from })).status, 401)
})

t.test('whoever holds a session cannot guess its password', async (t) => {
  const ada = await person(api, 'Ada', { main: 'operator' })
  const caller = callerWith(await logIn(api, ada))
  const body = { password: wrong, newPassword: 'another eight owls on a tram' }
  const answers: ApiAnswer[] = []
  for (let i = 0; i < 15; i += 1) {
    answers.push(await api.call('POST', '/api/auth/password', { caller, body }))
  }
  t.match(answers[0]?.body, { code: 'PASSWORD_WRONG' })
  t.equal(answers.at(-1)?.status, 429)
})
