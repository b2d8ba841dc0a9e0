import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { postgresIdentity } from '#adapters/identity/postgres-identity.ts'
import { testDatabase } from '#test/support/database.ts'
import { untilOneWaits } from '#test/support/until-one-waits.ts'

const { database, login } = await testDatabase(t)
let last: pg.Client | undefined
const { sessions, credentials } = postgresIdentity({
  pool: database.writer,
  connect: async () => (last = await database.connect('writer', { name: 'held', lease: true })),
})
t.teardown(() => sessions.close())

const withPassword = async (phc: string): Promise<string> => {
  const userId = randomUUID()
  await credentials.setPassword({ userId, phc })
  return userId
}
const never = async () => {
  t.fail('nothing is done')
}

t.test('given a password that is held, whoever sets another waits until it is done', async (t) => {
  const userId = await withPassword('proved')
  const order: string[] = []
  let setting: Promise<unknown> | undefined
  const isDone = await credentials.whilePresent(userId, 'proved', async () => {
    setting = credentials
      .setPassword({ userId, phc: 'another' })
      .then(() => order.push('another is set'))
    await untilOneWaits(login)
    order.push('it is done')
  })
  t.equal(isDone, true)
  await setting
  t.same(order, ['it is done', 'another is set'])
  t.equal(await credentials.whilePresent(userId, 'proved', never), false)
  t.equal(await credentials.whilePresent(randomUUID(), 'proved', never), false)
})

t.test('given one that is being replaced, then nothing is done once it is', async (t) => {
  const userId = await withPassword('proved')
  const client = await database.engine.connect()
  t.teardown(() => client.release(true))
  await client.query('begin')
  await client.query(`update identity.password set phc = 'another' where user_id = $1`, [userId])
  const asking = credentials.whilePresent(userId, 'proved', never)
  await untilOneWaits(login)
  await client.query('commit')
  t.equal(await asking, false)
})

t.test('what fails meanwhile, or is refused, holds nothing any more', async (t) => {
  const userId = await withPassword('proved')
  const refused = () => Promise.reject(new Error('refused'))
  await t.rejects(credentials.whilePresent(userId, 'proved', refused), { message: 'refused' })
  t.equal(await credentials.setPassword({ userId, phc: 'another' }), true)
})

t.test('as many as like hold theirs at once, though they need connections', async (t) => {
  const users = await Promise.all(Array.from({ length: 8 }, () => withPassword('proved')))
  const held = users.map((userId) =>
    credentials.whilePresent(userId, 'proved', async () => {
      t.equal(await credentials.passwordOf(userId), 'proved')
    }),
  )
  t.same(new Set(await Promise.all(held)), new Set([true]))
})

t.test('who hangs is waited for for a few seconds, and then learns that it is lost', async (t) => {
  const userId = await withPassword('proved')
  const lost = credentials.whilePresent(userId, 'proved', async () => {
    if (last === undefined) throw new Error('It is held without a connection')
    const { stream } = last.connection
    // From here on nothing of theirs reaches the server, nor do they notice that themselves.
    stream.cork()
    const destroy = stream.destroy.bind(stream)
    let isToldLate = false
    stream.destroy = () => {
      isToldLate = true
      return stream
    }
    t.equal(await credentials.setPassword({ userId, phc: 'another' }), true)
    stream.destroy = destroy
    stream.uncork()
    if (isToldLate) destroy()
  })
  await t.rejects(lost)
  t.equal(await credentials.passwordOf(userId), 'another')
})
