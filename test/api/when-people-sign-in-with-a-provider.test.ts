import t from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import { callerWith, invitation, logIn, newcomer, nobody, person } from '#test/support/people.ts'
import { begin, comeBack, configuredWith, signInAs } from '#test/support/provider-sign-in.ts'
import { dig, eventually, owner, pick } from '#test/support/server.ts'

/** The provider is trusted with addresses: whom it says one is of is signed in, where nothing stands against it. */

const provider = await testIdentityProvider(t)
const api = await testApi(t, configuredWith(provider, true))
const olga = await newcomer(api, 'Olga', { main: 'owner', other: 'auditor' })
const at = (subject: string, email: string | undefined, isEmailVerified = true): void =>
  void provider.people.set(subject, { ...(email !== undefined && { email }), isEmailVerified })
at('olga-there', olga.email)

/** Every event, as it stands in the log and as it is read. */
async function theLog() {
  const [stored, read]: [string[], { readonly type: string; readonly data: object }[]] = [[], []]
  for await (const page of api.daybook.log.readAll()) {
    stored.push(...page.map((event) => JSON.stringify(event)))
    read.push(...(await api.daybook.codec.decode(page)))
  }
  return { stored: stored.join('\n'), read }
}

t.test(
  'given a user without a password, when the provider says that the address is theirs, then they are signed in',
  async (t) => {
    const answer = await signInAs(api, provider, 'olga-there')
    t.equal(answer.status, 200)
    t.match(dig(answer, 'data'), {
      accessToken: /^dba_/,
      refreshToken: /^dbr_/,
      user: { id: olga.userId, name: 'Olga', organisation: 'main', role: 'owner' },
    })
    const caller = callerWith(answer)
    t.equal((await api.get('/api/auth/me', { caller })).status, 200)
    const sessions = await api.get('/api/auth/sessions', { caller })
    t.equal(pick(sessions, 'data', 0, 'signedInBy'), 'provider')
    const identities = await api.get('/api/auth/identities', { caller })
    t.match(dig(identities, 'data'), [{ id: /^[\w-]{43}$/, issuer: provider.issuer }])
  },
)

t.test('the log says who is linked to whom, and tells nothing of the person', async (t) => {
  const { stored, read } = await theLog()
  t.match(
    read.filter(({ type }) => type.startsWith('UserIdentity')),
    [
      {
        type: 'UserIdentityClaimed',
        data: { userId: olga.userId },
        metadata: { actor: olga.userId },
      },
      {
        type: 'UserIdentityLinked',
        data: {
          userId: olga.userId,
          issuer: provider.issuer,
          subject: 'olga-there',
          by: 'email',
        },
        metadata: { actor: olga.userId },
      },
    ],
  )
  t.notMatch(stored, 'olga-there')
  t.notMatch(stored, 'olga@example.com')
})

t.test('from then on it is who they are there that counts, and not the address', async (t) => {
  at('olga-there', undefined, false)
  const there = await signInAs(api, provider, 'olga-there', 'other')
  t.match(dig(there, 'data', 'user'), { id: olga.userId, organisation: 'other', role: 'auditor' })
  const body = { refreshToken: pick(there, 'data', 'refreshToken') }
  const refreshed = await api.call('POST', '/api/auth/refresh', { body, caller: nobody })
  const caller = callerWith(refreshed)
  const switched = await api.post('/api/auth/switch', { organisation: 'main' }, { caller })
  const sessions = await api.get('/api/auth/sessions', { caller: callerWith(switched) })
  const ways = (dig(sessions, 'data') as readonly { readonly signedInBy: string }[]).map(
    ({ signedInBy }) => signedInBy,
  )
  t.same(new Set(ways), new Set(['provider']), 'as they signed in, so they go on')
})

t.test('whoever is not known is answered alike, whether there is such a user or not', async (t) => {
  const max = await person(api, 'Max', { main: 'operator' })
  const nora = await newcomer(api, 'Nora', { main: 'operator' })
  at('nobody', 'nobody@example.com')
  at('with-a-password', max.email)
  at('another-olga', olga.email)
  at('unverified', nora.email, false)
  at('without-address', undefined)
  const without = ({ headers, body }: ApiAnswer) => {
    const rest = { ...headers, date: '', 'x-request-id': '' }
    return { rest, body: JSON.stringify(body).replace(/"requestId":"[^"]*"/, '') }
  }
  const unknown = await signInAs(api, provider, 'nobody')
  t.equal(unknown.status, 401)
  t.equal(pick(unknown, 'code'), 'IDENTITY_UNKNOWN')
  for (const subject of ['with-a-password', 'another-olga', 'unverified', 'without-address']) {
    const answer = await signInAs(api, provider, subject)
    t.same(without(answer), without(unknown), subject)
  }
  const linked = (await theLog()).read.filter(({ type }) => type === 'UserIdentityLinked')
  t.equal(linked.length, 1, 'nobody was linked')
  t.equal((await logIn(api, max)).status, 200)
})

t.test('a refused sign-in is on record, for whose account it was', async (t) => {
  let found: readonly { readonly actor: string | null }[] = []
  await eventually('it is on record', async () => {
    const answer = await api.get('/api/refusals?code=IDENTITY_UNKNOWN', { caller: owner })
    found = dig(answer, 'data') as typeof found
    return found.some(({ actor }) => actor === olga.userId)
  })
  for (const refusal of found) {
    t.match(refusal, { method: 'GET', route: '/api/auth/oidc/callback', status: 401 })
  }
  t.notMatch(JSON.stringify(found), /nobody@example.com|at-provider|another-olga/)
})

t.test('where somebody is no member, it is as if there were no such organisation', async (t) => {
  for (const organisation of ['foreign', '_installation', '%00', "o'"]) {
    const { url, cookie } = await begin(
      api,
      encodeURIComponent(organisation).replace('%25', '%'),
    ).catch(() => ({ url: '', cookie: '' }))
    if (organisation === '%00') {
      t.equal(url, '', 'what cannot be stored is refused at once')
      continue
    }
    const answer = await comeBack(api, cookie, await provider.signIn(url, 'olga-there'))
    t.equal(pick(answer, 'code'), 'MEMBERSHIP_REQUIRED', organisation)
  }
})

t.test(
  'who is invited accepts by signing in where they are invited, and sets no password',
  async (t) => {
    const token = await invitation(api, olga, 'third')
    const body = { token, password: 'the inviter would choose it' }
    const refused = await api.call('POST', '/api/auth/setup', { body, caller: nobody })
    t.equal(refused.status, 409, 'or else who invites could sign in as them')
    t.equal(pick(refused, 'code'), 'INVITATION_FOR_PROVIDER')
    const elsewhere = await signInAs(api, provider, 'olga-there')
    t.notMatch(JSON.stringify(elsewhere.body), 'third', 'nobody joins what they do not name')
    const answer = await signInAs(api, provider, 'olga-there', 'third')
    t.match(dig(answer, 'data', 'user'), { organisation: 'third', role: 'accountant' })
    const again = await api.call('POST', '/api/auth/setup', { body, caller: nobody })
    t.equal(pick(again, 'code'), 'ONE_TIME_LINK_UNKNOWN', 'the link is used up')
    t.equal((await signInAs(api, provider, 'olga-there', 'third')).status, 200)
  },
)

t.test('who was invited and never came is linked by the address, and joins', async (t) => {
  const nina = await newcomer(api, 'Nina', {})
  await invitation(api, nina, 'main')
  at('nina-there', nina.email)
  const answer = await signInAs(api, provider, 'nina-there', 'main')
  t.match(dig(answer, 'data', 'user'), { id: nina.userId, role: 'accountant' })
})

t.test('an invitation that is over is accepted by nothing', async (t) => {
  await invitation(api, olga, 'late')
  await api.database.database.engine.query(
    `update identity.one_time_link set expires_at = now() - interval '1 second'
     where organisation = 'late'`,
  )
  const answer = await signInAs(api, provider, 'olga-there', 'late')
  t.equal(pick(answer, 'code'), 'MEMBERSHIP_REQUIRED')
})

t.test('who has no password keeps the identity by which they sign in', async (t) => {
  const caller = callerWith(await signInAs(api, provider, 'olga-there'))
  const id = pick(await api.get('/api/auth/identities', { caller }), 'data', 0, 'id')
  const answer = await api.call('DELETE', `/api/auth/identities/${id}`, { caller })
  t.equal(pick(answer, 'code'), 'PASSWORD_NOT_SET')
  t.equal((await signInAs(api, provider, 'olga-there')).status, 200)
  const begun = await api.call('POST', '/api/auth/identities', { caller, body: { password: 'x' } })
  t.match(begun, { status: 409, body: { code: 'PASSWORD_NOT_SET' } })
  const changed = await api.call('POST', '/api/auth/email', {
    caller,
    body: { password: 'x', email: 'olga.p@example.com' },
  })
  t.match(changed, { status: 409, body: { code: 'PASSWORD_NOT_SET' } })
  t.equal(pick(await api.get('/api/auth/me', { caller }), 'data', 'user', 'email'), olga.email)
})
