import { randomUUID } from 'node:crypto'
import t from 'tap'
import { postgresIdentity } from '#adapters/identity/postgres-identity.ts'
import { testDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/server.ts'
import { sessionOf } from '#test/support/session-of.ts'

/** Two processes on one database; what either remembers, it would remember for an hour. */
const { database } = await testDatabase(t)
const aProcess = () => {
  const made = postgresIdentity({
    pool: database.writer,
    connect: () => database.connect('writer', { name: 'sessions', lease: true }),
    cachedForMs: 3_600_000,
  })
  t.teardown(() => made.sessions.close())
  return made
}
const [here, there] = [aProcess(), aProcess()]

const signedIn = async (userId = randomUUID()) => here.sessions.begin(sessionOf(userId))

/** The other process knows the session by heart. */
async function remembered(token: string): Promise<void> {
  await eventually('it is remembered', async () => {
    const found = there.sessions.ofAccessToken(token)
    if (found instanceof Promise) await found
    return !(found instanceof Promise)
  })
}
const isKnownThere = async (token: string): Promise<boolean> =>
  (await there.sessions.ofAccessToken(token)) !== undefined

t.test(
  'given a session that another process remembers, when it ends, then it is refused there',
  async (t) => {
    const { session, tokens } = await signedIn()
    await remembered(tokens.accessToken)
    t.ok(await here.sessions.end(session.userId, session.sessionId))
    await eventually('it is refused', async () => !(await isKnownThere(tokens.accessToken)))
    t.notOk(await here.sessions.end(session.userId, session.sessionId))
  },
)

t.test('so it is when a password is set, and when a refresh token comes twice', async (t) => {
  const one = await signedIn()
  await remembered(one.tokens.accessToken)
  await here.credentials.setPassword({ userId: one.session.userId, phc: '$argon2id$' })
  await eventually('it is refused', async () => !(await isKnownThere(one.tokens.accessToken)))

  const two = await signedIn()
  await remembered(two.tokens.accessToken)
  const now = { role: 'operator', language: undefined }
  t.match(await here.sessions.refresh(two.tokens.refreshToken, now), { kind: 'refreshed' })
  t.match(await here.sessions.refresh(two.tokens.refreshToken, now), { kind: 'reused' })
  await eventually('it is refused', async () => !(await isKnownThere(two.tokens.accessToken)))
})

t.test('another role and language are known there at once', async () => {
  const { session, tokens } = await signedIn()
  await remembered(tokens.accessToken)
  await here.sessions.changeRole(session.userId, 'main', 'auditor')
  await here.sessions.changeLanguage(session.userId, 'fa')
  await eventually('it is known', async () => {
    const found = await there.sessions.ofAccessToken(tokens.accessToken)
    return found?.role === 'auditor' && found.language === 'fa'
  })
})

t.test('a membership that ends takes its own sessions only', async (t) => {
  const userId = randomUUID()
  const [main, other] = [
    await signedIn(userId),
    await here.sessions.begin({ ...sessionOf(userId), organisation: 'other' }),
  ]
  await here.sessions.changeRole(userId, 'main', undefined)
  t.equal(await here.sessions.ofAccessToken(main.tokens.accessToken), undefined)
  t.ok(await here.sessions.ofAccessToken(other.tokens.accessToken))
})

t.test('who cannot hear remembers nothing', async (t) => {
  const deaf = postgresIdentity({
    pool: database.writer,
    connect: async () => {
      throw new Error('no connection to spare')
    },
    cachedForMs: 3_600_000,
  })
  t.teardown(() => deaf.sessions.close())
  const { session, tokens } = await signedIn()
  for (let i = 0; i < 3; i += 1) t.ok(await deaf.sessions.ofAccessToken(tokens.accessToken))
  await here.sessions.end(session.userId, session.sessionId)
  t.equal(await deaf.sessions.ofAccessToken(tokens.accessToken), undefined)
})

t.test('what was looked up before an end, and answered after it, is not remembered', async (t) => {
  const { session, tokens } = await signedIn()
  await remembered(tokens.accessToken)
  await there.sessions.changeLanguage(session.userId, 'ar')
  const looking = there.sessions.ofAccessToken(tokens.accessToken)
  await there.sessions.end(session.userId, session.sessionId)
  await looking
  t.equal(await there.sessions.ofAccessToken(tokens.accessToken), undefined)
})
