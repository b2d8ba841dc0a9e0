import fc from 'fast-check'
import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import { newcomer, nobody } from '#test/support/people.ts'
import { begin, comeBack, configuredWith, signInAs } from '#test/support/provider-sign-in.ts'
import { isRefused } from '#test/support/refused-in-each-language.ts'
import { pick } from '#test/support/server.ts'

/** Whatever comes back that proves nothing, or not in time, signs nobody in, and is told by a code of its own. */

const real = await testIdentityProvider(t)
let late = 0
const clock = (): string => new Date(Date.now() + late).toISOString()
const api = await testApi(
  t,
  { ...configuredWith(real, true), DAYBOOK_TRUSTED_PROXIES: 'loopback' },
  clock,
)
await newcomer(api, 'Olga', { main: 'owner' })
real.people.set('olga', { email: 'olga@example.com', isEmailVerified: true })
t.equal((await signInAs(api, real, 'olga')).status, 200)

t.test('the cookie is for this site’s own navigations, and no page reads it', async (t) => {
  const answer = await api.call('GET', '/api/auth/oidc', { caller: nobody })
  const attributes = (answer.headers['set-cookie'] ?? '').split('; ').slice(1)
  t.same(attributes, ['Path=/', 'Max-Age=600', 'HttpOnly', 'SameSite=Lax'])
  t.equal(answer.headers['cache-control'], 'no-store')
})

t.test('who says no at the provider is not signed in', async (t) => {
  await isRefused(t, 'SIGN_IN_DECLINED', async (headers) => {
    const { url, cookie } = await begin(api)
    return comeBack(api, cookie, await real.cancel(url), headers)
  })
  const { url, cookie } = await begin(api)
  const at = await real.cancel(url)
  at.searchParams.set('error', 'no <b>letters</b> of ours')
  t.match(pick(await comeBack(api, cookie, at), 'detail'), '(error)')
})

t.test('an answer to what this browser did not begin is none', async (t) => {
  const { url, cookie } = await begin(api)
  const at = await real.signIn(url, 'olga')
  const other = await begin(api)
  for (const wrong of [
    '',
    other.cookie,
    `${cookie}x`,
    cookie.replace('.', 'A.'),
    'daybook-sign-in=.',
  ]) {
    await isRefused(t, 'SIGN_IN_NOT_BEGUN', (headers) => comeBack(api, wrong, at, headers))
  }
  for (const [name, value] of [
    ['state', 'x'],
    ['state', ''],
  ] as const) {
    const changed = new URL(at)
    changed.searchParams.set(name, value)
    const answer = await comeBack(api, cookie, changed)
    t.equal(pick(answer, 'code'), 'SIGN_IN_NOT_BEGUN')
    t.equal(answer.headers['set-cookie'], undefined, 'what was begun goes on')
  }
  const nothing = new URL(at.pathname, at)
  t.equal(pick(await comeBack(api, cookie, nothing), 'code'), 'SIGN_IN_NOT_BEGUN')
  t.equal((await comeBack(api, cookie, at)).status, 200, 'and is finished by the right answer')
})

t.test('what was begun is over after ten minutes', async (t) => {
  const { url, cookie } = await begin(api)
  const at = await real.signIn(url, 'olga')
  late = 600_000
  await isRefused(t, 'SIGN_IN_NOT_BEGUN', (headers) => comeBack(api, cookie, at, headers))
  late = 0
  t.equal((await comeBack(api, cookie, at)).status, 200)
})

t.test(
  'a code that was used signs nobody in again, and the browser is told to forget',
  async (t) => {
    const { url, cookie } = await begin(api)
    const at = await real.signIn(url, 'olga')
    const first = await comeBack(api, cookie, at)
    t.match(first.headers['set-cookie'], /^daybook-sign-in=; .*Max-Age=0/)
    await isRefused(t, 'IDENTITY_NOT_PROVED', (headers) => comeBack(api, cookie, at, headers))
    const again = await comeBack(api, cookie, at)
    t.match(again.headers['set-cookie'], /^daybook-sign-in=; .*Max-Age=0/)
  },
)

t.test('parameters that come twice, or that are too long, prove nothing', async (t) => {
  const { url, cookie } = await begin(api)
  const at = await real.signIn(url, 'olga')
  const twice = new URL(`${at.href}&state=${at.searchParams.get('state')}`)
  t.equal((await comeBack(api, cookie, twice)).status, 400)
  const long = new URL(at)
  long.searchParams.set('code', 'x'.repeat(5000))
  t.equal((await comeBack(api, cookie, long)).status, 400)
})

t.test(
  'whatever somebody comes back with that the provider did not say, they are refused',
  async () => {
    const names = [
      'code',
      'iss',
      'error',
      'error_description',
      'id_token',
      'response',
      'scope',
      'x',
    ]
    const right = new Map([
      ['iss', real.issuer],
      ['error', 'access_denied'],
    ])
    const value = (name: string) =>
      fc.oneof(fc.string({ unit: 'binary' }), fc.constant(right.get(name) ?? ''))
    const query = fc.uniqueArray(
      fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), value(name))),
      { selector: ([name]) => name },
    )
    const from = fc.ipV4()
    await fc.assert(
      fc.asyncProperty(query, fc.boolean(), from, async (pairs, isBegun, address) => {
        const { url, cookie } = await begin(api)
        const at = new URL(real.redirectUri)
        at.search = new URLSearchParams(pairs).toString()
        at.searchParams.set('state', new URL(url).searchParams.get('state') ?? '')
        const sent = isBegun ? cookie : cookie.slice(0, -1)
        const { status } = await comeBack(api, sent, at, { 'x-forwarded-for': address })
        return status === 401 || status === 400
      }),
      { numRuns: 40 },
    )
  },
)

t.test('answers that are made up are slowed by address, and nobody else is', async (t) => {
  const statuses: number[] = []
  for (let i = 0; i < 40; i += 1) {
    const { url, cookie } = await begin(api)
    const state = new URL(url).searchParams.get('state') ?? ''
    const at = new URL(`${real.redirectUri}?state=${state}&code=x&iss=${real.issuer}`)
    const answer = await comeBack(api, cookie, at, { 'x-forwarded-for': '192.0.2.7' })
    statuses.push(answer.status)
  }
  t.equal(statuses.at(0), 401)
  t.equal(statuses.at(-1), 429)
  t.equal((await signInAs(api, real, 'olga')).status, 200)
})
