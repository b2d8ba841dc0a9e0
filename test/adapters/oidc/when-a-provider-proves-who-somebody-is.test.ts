import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createOpenIdConnect } from '#adapters/oidc/openid-connect.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'

const provider = await testIdentityProvider(t)
const { issuer } = provider
const warnings: string[] = []
const warn = (message: string): void => void warnings.push(message)
const here = createOpenIdConnect(provider, warn)
provider.people.set('amal', { email: 'amal@example.org', isEmailVerified: true })
const refused = { name: 'ProviderRefused' }

t.test('who signed in there is proved to be themselves', async (t) => {
  const { begun, url } = await here.begin()
  const asked = new URL(url).searchParams
  t.equal(asked.get('code_challenge_method'), 'S256')
  t.notOk(url.includes(begun.codeVerifier), 'what proves who began is not sent along')
  const { searchParams } = await provider.signIn(url, 'amal')
  t.strictSame(await here.finish(searchParams, begun), {
    issuer,
    subject: 'amal',
    email: 'amal@example.org',
    isEmailVerified: true,
  })
})

t.test('an address that is not verified is not taken for verified', async (t) => {
  provider.people.set('bea', { email: 'bea@example.org' })
  provider.people.set('cleo', { email: 'cleo@example.org', isEmailVerified: false })
  provider.people.set('dina', {})
  for (const [subject, email] of [
    ['bea', 'bea@example.org'],
    ['cleo', 'cleo@example.org'],
    ['dina', undefined],
  ] as const) {
    const { begun, url } = await here.begin()
    const { searchParams } = await provider.signIn(url, subject)
    const proved = await here.finish(searchParams, begun)
    t.strictSame(proved, { issuer, subject, email, isEmailVerified: false })
  }
})

t.test('each sign-in is begun anew, with nothing of another', async (t) => {
  const all = [await here.begin(), await here.begin()].flatMap(({ begun }) => Object.values(begun))
  t.equal(new Set(all).size, 6)
  t.ok(
    all.every((value) => value.length >= 43),
    '256 bits each',
  )
})

t.test('an answer to what somebody else began proves nothing', async (t) => {
  const mine = await here.begin()
  const theirs = await here.begin()
  const { searchParams } = await provider.signIn(theirs.url, 'amal')
  await t.rejects(here.finish(searchParams, mine.begun), refused, 'of another browser')
  for (const part of ['state', 'nonce', 'codeVerifier'] as const) {
    const { begun, url } = await here.begin()
    const answer = await provider.signIn(url, 'amal')
    const mixed = { ...begun, [part]: mine.begun[part] }
    await t.rejects(here.finish(answer.searchParams, mixed), refused, part)
  }
})

t.test('a code is used once', async (t) => {
  const { begun, url } = await here.begin()
  const { searchParams } = await provider.signIn(url, 'amal')
  await here.finish(searchParams, begun)
  await t.rejects(here.finish(searchParams, begun), refused)
})

t.test('a no, and what was made up, prove nothing', async (t) => {
  const { begun, url } = await here.begin()
  const { searchParams } = await provider.cancel(url)
  t.equal(searchParams.get('error'), 'access_denied')
  const declined = { ...refused, declined: 'access_denied' }
  await t.rejects(here.finish(searchParams, begun), declined)
  const { state } = begun
  const madeUp = [
    '',
    `state=${state}`,
    `state=${state}&code=x`,
    `state=${state}&code=x&iss=${issuer}`,
  ]
  for (const query of madeUp) {
    await t.rejects(here.finish(new URLSearchParams(query), begun), refused, query)
  }
  const wrong = createOpenIdConnect(
    { ...provider, clientSecret: 'another-secret-000000000000' },
    warn,
  )
  const again = await wrong.begin()
  const answer = await provider.signIn(again.url, 'amal')
  await t.rejects(wrong.finish(answer.searchParams, again.begun), refused, 'a wrong secret')
  t.match(warnings.at(-1), 'invalid_client', 'whoever runs it is told')
  t.notMatch(warnings.join(), /another-secret|amal/)
})

t.test('a provider that is away is told apart from one that refuses', async (t) => {
  const server = createServer((_, response) => response.writeHead(503).end('later'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const failing = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const away = createOpenIdConnect({ ...provider, issuer: failing }, warn)
  const unavailable = { name: 'ProviderUnavailable' }
  await t.rejects(away.begin(), unavailable)
  const { begun, url } = await here.begin()
  const { searchParams } = await provider.signIn(url, 'amal')
  await provider.close()
  await t.rejects(here.finish(searchParams, begun), unavailable)
  t.ok((await here.begin()).url, 'what it said of itself is remembered')
})
