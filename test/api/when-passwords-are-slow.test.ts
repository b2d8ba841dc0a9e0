import t from 'tap'
import { argon2Passwords } from '#adapters/identity/argon2-passwords.ts'
import { buildApp } from '#api/app.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import { testApi } from '#test/support/api.ts'
import { person } from '#test/support/people.ts'
import { owner } from '#test/support/server.ts'

const api = await testApi(t)
const olga = await person(api, 'Olga', { main: 'owner' })
const { daybook } = api
// As slow as they are in truth.
const app = await buildApp({
  ...daybook,
  authenticate: bearerTokens({ configured: configuredTokens([owner]) }),
  limits: daybook.config.limits,
})
t.teardown(() => app.close())

t.test(
  'given passwords that are being looked at, when others ask, then they do not wait for them',
  async (t) => {
    let open = 0
    const signIns = Array.from({ length: 24 }, async (_, i) => {
      open += 1
      const email = i % 2 === 0 ? olga.email : `nobody-${i}@example.com`
      const payload = { email, password: 'seven owls on a tram' }
      const answer = await app.inject({ method: 'POST', url: '/api/auth/login', payload })
      open -= 1
      return answer.statusCode
    })
    const headers = { authorization: `Bearer ${owner.token}` }
    const payload = { name: 'Thandi' }
    const answers = []
    for (let i = 0; i < 5; i += 1) {
      answers.push(
        await app.inject({ method: 'POST', url: '/api/crm/customers', headers, payload }),
      )
      answers.push(await app.inject({ method: 'GET', url: '/api/crm/customers', headers }))
    }
    t.ok(open > 0, 'passwords are still being looked at')
    for (const { statusCode } of answers) t.ok(statusCode < 300)
    for (const status of await Promise.all(signIns)) t.ok(status === 401 || status === 429)
  },
)

t.test('a password is right or wrong, whichever parameters it was hashed with', async (t) => {
  const now = argon2Passwords()
  const before = argon2Passwords({ memory: 64, passes: 1, parallelism: 1 })
  const old = await before.hash('seven owls on a tram')
  const fresh = await now.hash('seven owls on a tram')
  t.match(fresh, /^\$argon2id\$v=19\$m=32768,t=3,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  t.not(await now.hash('seven owls on a tram'), fresh, 'each has a salt of its own')
  t.same(await now.verify('seven owls on a tram', old), { matches: true, isOutdated: true })
  t.same(await now.verify('seven owls on a tram', fresh), { matches: true, isOutdated: false })
  t.same(await now.verify('eight owls on a tram', fresh), { matches: false, isOutdated: false })
  t.match(await now.verify('eight owls on a tram', undefined), { matches: false })
  await t.rejects(now.verify('x', 'plain text'), /no hash of argon2id/)
})

t.test('as many as may wait do, and the next is told to come back', async (t) => {
  const quick = argon2Passwords({ memory: 8, passes: 1, parallelism: 1 })
  const all = await Promise.allSettled(Array.from({ length: 300 }, () => quick.hash('x')))
  const refused = all.filter(({ status }) => status === 'rejected')
  t.ok(refused.length > 90 && refused.length < 300, `${refused.length}`)
  t.match(refused[0], { reason: { name: 'HashingBusy' } })
  t.ok(await quick.hash('x'), 'later they are taken again')
})
