import t from 'tap'
import { testIdentityProvider } from '#test/support/identity-provider.ts'
import { nobody } from '#test/support/people.ts'
import { configuredWith } from '#test/support/provider-sign-in.ts'
import { dig, pick, TestServer } from '#test/support/server.ts'

/** Sign-ins with a provider as people see them: with real servers, one of which began what another ends. */

const provider = await testIdentityProvider(t)
const configured = configuredWith(provider, true)
const server = new TestServer({ ...configured, LOG_LEVEL: 'trace' })
t.teardown(() => server.remove())
provider.people.set('olga-there', { email: 'olga@example.com', isEmailVerified: true })

async function daybook(...words: readonly string[]): Promise<void> {
  const { code, err } = await server.daybook(...words)
  if (code !== 0) throw new Error(err)
}

/** As a browser does: it follows nowhere by itself, so that the test sees where it is sent. */
async function begun() {
  const response = await fetch(`${server.url}/api/auth/oidc`, { redirect: 'manual' })
  if (response.status !== 302) throw new Error(await response.text())
  const cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  return { url: response.headers.get('location') ?? '', cookie }
}

await server.start()
await daybook('org', 'create', 'main', '--name', 'Shop', '--time-zone', 'UTC', '--currency', 'SAR')
const olga = ['olga@example.com', '--name', 'Olga', '--organisation', 'main', '--role', 'owner']
await daybook('user', 'add', ...olga)
const { url, cookie } = await begun()
const at = await provider.signIn(url, 'olga-there')

t.test(
  'given a sign-in that was begun, when the server starts anew, then it is finished',
  async (t) => {
    await server.stop('SIGKILL')
    await server.start()
    const path = at.pathname + at.search
    const answer = await server.call('GET', path, { caller: nobody, headers: { cookie } })
    t.equal(answer.status, 200)
    t.match(dig(answer, 'data', 'user'), { name: 'Olga', organisation: 'main', role: 'owner' })
    const caller = { ...nobody, token: pick(answer, 'data', 'accessToken') }
    t.equal((await server.call('GET', '/api/auth/me', { caller })).status, 200)
    const again = await server.call('GET', path, { caller: nobody, headers: { cookie } })
    t.equal(pick(again, 'code'), 'IDENTITY_NOT_PROVED')

    await server.stop()
    const tokens = ['accessToken', 'refreshToken'].map((name) => pick(answer, 'data', name))
    const code = at.searchParams.get('code') ?? 'no code'
    const state = at.searchParams.get('state') ?? 'no state'
    const secrets = [code, state, cookie, configured['DAYBOOK_OIDC_CLIENT_SECRET'], ...tokens]
    t.match(server.output, '/api/auth/oidc/callback', 'the program’s log tells of it')
    t.match(server.output, 'invalid_grant', 'and why nothing was proved')
    for (const secret of [...secrets, 'olga-there', 'olga@example.com']) {
      t.notOk(server.output.includes(secret ?? ''), 'without what is secret or personal')
    }
  },
)
