import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { postgresIdentity } from '#adapters/identity/postgres-identity.ts'
import { testDatabase } from '#test/support/database.ts'
import { sessionOf } from '#test/support/session-of.ts'
import { untilOneWaits } from '#test/support/until-one-waits.ts'

const { database, login } = await testDatabase(t)
const { sessions, credentials } = postgresIdentity({
  pool: database.writer,
  connect: () => database.connect('writer', { name: 'sessions', lease: true }),
})
t.teardown(() => sessions.close())

/** Somebody else's transaction, which holds what it locked until the work is under way and waits for it. */
async function whileHeld<T>(
  hold: (client: pg.PoolClient) => Promise<unknown>,
  work: () => Promise<T>,
  meanwhile: (client: pg.PoolClient) => Promise<unknown>,
): Promise<T> {
  const client = await database.engine.connect()
  try {
    await client.query('begin')
    await hold(client)
    const working = work()
    working.catch(() => undefined)
    await untilOneWaits(login)
    await meanwhile(client)
    await client.query('commit')
    return await working
  } finally {
    client.release(true)
  }
}

t.test(
  'given a password that is being replaced, when somebody who proved it signs in, then no session begins',
  async (t) => {
    for (const [how, statement] of [
      ['another', `update identity.password set phc = 'another' where user_id = $1`],
      ['none', 'delete from identity.password where user_id = $1'],
    ] as const) {
      const userId = randomUUID()
      await credentials.setPassword({ userId, phc: 'proved' })
      t.ok(await sessions.beginByPassword(sessionOf(userId), 'proved'))
      await sessions.endAll(userId)
      const begun = await whileHeld(
        (client) => client.query(statement, [userId]),
        () => sessions.beginByPassword(sessionOf(userId), 'proved'),
        async () => undefined,
      )
      t.equal(begun, undefined, how)
      t.same(await sessions.list(userId), [])
    }
  },
)

t.test('whichever comes first, nothing of the password before goes on', async (t) => {
  for (let i = 0; i < 20; i += 1) {
    const userId = randomUUID()
    await credentials.setPassword({ userId, phc: 'proved' })
    await Promise.all([
      sessions.beginByPassword(sessionOf(userId), 'proved'),
      credentials.setPassword({ userId, phc: 'another' }),
      sessions.beginByPassword(sessionOf(userId), 'proved'),
    ])
    t.same(await sessions.list(userId), [])
  }
})

t.test('of two who set a password in place of the same one, or of none, one does', async (t) => {
  const userId = randomUUID()
  for (const phc of [undefined, 'of-none-1', 'of-none-2']) {
    const before = await credentials.passwordOf(userId)
    const set = (next: string) => credentials.setPassword({ userId, phc: next, present: { phc } })
    const done = await Promise.all(['1', '2'].map((one) => set(`of-${phc ?? 'none'}-${one}`)))
    const isThere = phc === before
    t.equal(done.filter(Boolean).length, isThere ? 1 : 0, phc ?? 'none')
    if (!isThere) t.equal(await credentials.passwordOf(userId), before)
  }
})

t.test('what was not set uses no link up', async (t) => {
  const userId = randomUUID()
  await credentials.setPassword({ userId, phc: 'theirs' })
  const of = { userId, purpose: 'invitation', organisation: 'main' } as const
  const link = await credentials.makeLink(of, new Date(Date.now() + 60_000).toISOString())
  const present = { phc: undefined }
  t.notOk(await credentials.setPassword({ userId, phc: 'another', link, present }))
  t.equal(await credentials.passwordOf(userId), 'theirs')
  t.ok(await credentials.findLink(link))
})

t.test(
  'given a session that is being ended, when its token is refreshed, then it waits and is told so',
  async (t) => {
    const { session, tokens } = await sessions.begin(sessionOf(randomUUID()))
    const { sessionId } = session
    const refreshed = await whileHeld(
      (client) =>
        client.query('select from identity.session where session_id = $1 for update', [sessionId]),
      () => sessions.refresh(tokens.refreshToken, { role: 'operator', language: undefined }),
      (client) => client.query('delete from identity.session where session_id = $1', [sessionId]),
    )
    t.same(refreshed, { kind: 'unknown' })
  },
)

t.test('a session that goes on elsewhere keeps its end, and none of its tokens', async (t) => {
  const userId = randomUUID()
  const { session, tokens } = await sessions.begin(sessionOf(userId))
  const { sessionId, endsAt, beganAt } = session
  const there = { ...sessionOf(userId), organisation: 'other', role: 'auditor' }
  const gone = await sessions.goOn(sessionId, there)
  const { signedInBy } = session
  const expected = {
    sessionId,
    endsAt,
    beganAt,
    signedInBy,
    organisation: 'other',
    role: 'auditor',
  }
  t.match(gone?.session, expected)
  t.equal(await sessions.ofAccessToken(tokens.accessToken), undefined)
  const now = { role: 'operator', language: undefined }
  t.same(await sessions.refresh(tokens.refreshToken, now), { kind: 'unknown' })
  t.match(await sessions.ofAccessToken(gone?.tokens.accessToken ?? ''), expected)
  t.equal(await sessions.goOn(sessionId, sessionOf(randomUUID())), undefined, 'another’s')
  await sessions.end(userId, sessionId)
  t.equal(await sessions.goOn(sessionId, there), undefined)
  t.same(await sessions.list(userId), [])
})

t.test('who signs in does not wait for sessions that are over and being ended', async (t) => {
  const { session } = await sessions.begin(sessionOf(randomUUID()))
  const where = `where session_id = '${session.sessionId}'`
  await database.engine.query(`update identity.session set ends_at = '2020-01-01Z' ${where}`)
  const client = await database.engine.connect()
  try {
    await client.query(`begin; set local idle_in_transaction_session_timeout = '8s'`)
    await client.query(`select from identity.session ${where} for update`)
    t.ok(await sessions.begin(sessionOf(randomUUID())))
    t.equal((await client.query(`select from identity.session ${where}`)).rowCount, 1)
    await client.query('rollback')
  } finally {
    client.release(true)
  }
  await sessions.begin(sessionOf(randomUUID()))
  t.equal((await database.engine.query(`select from identity.session ${where}`)).rowCount, 0)
})
