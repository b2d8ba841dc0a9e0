import t from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import { lyingProvider } from '#test/support/lying-provider.ts'
import { logIn, newcomer, nobody, person } from '#test/support/people.ts'
import { begin, comeBack, configuredWith } from '#test/support/provider-sign-in.ts'
import { isRefused } from '#test/support/refused-in-each-language.ts'
import { pick } from '#test/support/server.ts'

const real = await testIdentityProvider(t)

t.test('over TLS no other host can set the cookie, and it goes nowhere else', async (t) => {
  const redirectUri = real.redirectUri.replace('http://127.0.0.1:3000', 'https://books.example')
  const environment = configuredWith({ ...real, redirectUri })
  const tls = await testApi(t, environment)
  const answer = await tls.call('GET', '/api/auth/oidc', { caller: nobody })
  t.match(answer.headers['set-cookie'], /^__Host-daybook-sign-in=[^;]+; Path=\/; .*; Secure$/)
})

t.test('what a provider signs is looked at', async (t) => {
  const lying = await lyingProvider(t)
  const there = await testApi(t, configuredWith({ ...real, issuer: lying.issuer }, true))
  await newcomer(there, 'Vera', { main: 'owner' })
  const seconds = Math.floor(Date.now() / 1000)
  const right = {
    iss: lying.issuer,
    sub: 'vera',
    aud: real.clientId,
    iat: seconds,
    exp: seconds + 300,
    email: 'vera@example.com',
    email_verified: true,
  }
  const told = async (
    claims: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
    isForged = false,
  ): Promise<ApiAnswer> => {
    const { url, cookie } = await begin(there)
    const { searchParams } = new URL(url)
    const nonce = searchParams.get('nonce')
    lying.says({ claims: { ...right, nonce, ...claims }, isForged })
    const at = new URL(`${real.redirectUri}?state=${searchParams.get('state')}&code=x`)
    return comeBack(there, cookie, at, headers)
  }
  for (const [what, claims] of [
    ['another audience', { aud: 'another-client' }],
    ['another nonce', { nonce: 'of-another-sign-in' }],
    ['no nonce', { nonce: undefined }],
    ['another issuer', { iss: 'https://login.example' }],
    ['over for longer than clocks differ', { exp: seconds - 120 }],
    ['nobody', { sub: '' }],
    ['a subject that is too long', { sub: 'x'.repeat(256) }],
  ] as const) {
    await t.test(what, (t) =>
      isRefused(t, 'IDENTITY_NOT_PROVED', (headers) => told(claims, headers)),
    )
  }
  await t.test('another’s signature', (t) =>
    isRefused(t, 'IDENTITY_NOT_PROVED', (headers) => told({}, headers, true)),
  )
  t.equal(
    pick(await told({ email_verified: 'true' }), 'code'),
    'IDENTITY_UNKNOWN',
    'a text is no yes',
  )
  t.equal((await told({})).status, 200)
  t.equal(
    (await told({ exp: Math.floor(Date.now() / 1000) - 5 })).status,
    200,
    'clocks may differ by some seconds',
  )
})

t.test('a provider that is away keeps nobody from signing in with a password', async (t) => {
  const going = await testIdentityProvider(t)
  const there = await testApi(t, configuredWith(going, true))
  const max = await person(there, 'Max', { main: 'operator' })
  const { url, cookie } = await begin(there)
  const at = await going.signIn(url, 'max')
  await going.close()
  for (let i = 0; i < 35; i += 1) {
    const answer = await comeBack(there, cookie, at)
    if (answer.status !== 503) t.equal(answer.status, 503, 'it is not held against them')
  }
  const away = await comeBack(there, cookie, at)
  t.equal(pick(away, 'code'), 'IDENTITY_PROVIDER_UNAVAILABLE')
  t.ok(Number(away.headers['retry-after']) > 0)
  t.equal((await logIn(there, max)).status, 200)

  const never = await testApi(t, configuredWith({ ...going }))
  const answer = await never.call('GET', '/api/auth/oidc', { caller: nobody })
  t.equal(answer.status, 503)
  t.equal(pick(answer, 'code'), 'IDENTITY_PROVIDER_UNAVAILABLE')
  t.equal((await never.get('/ready')).status, 200, 'it was not asked at the start')
})
