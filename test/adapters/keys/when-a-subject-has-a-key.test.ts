import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { derivedKey } from '#adapters/keys/derived-keys.ts'
import { createKeyedHash } from '#adapters/keys/keyed-hash.ts'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import type { KeyedHash, KeyRing, SubjectKey } from '#log/key-ring.ts'
import { testDatabase } from '#test/support/database.ts'
import { eventually } from '#test/support/server.ts'

/** Key objects do not show what they hold: their bytes do. */
function shown(keys: ReadonlyMap<string, SubjectKey>): Readonly<Record<string, string>> {
  const entries = [...keys].map(([subject, key]) => [
    subject,
    key === 'erased' ? key : key.export().toString('hex'),
  ])
  return Object.fromEntries(entries) as Readonly<Record<string, string>>
}

t.test('keys are made once, committed, and wrapped', async (t) => {
  const { database, login } = await testDatabase(t)
  const masterKeys = new MasterKeys([randomBytes(32)])
  const open = () => createPostgresKeyRing({ pool: database.writer, masterKeys })
  const ring = open()
  const made = await Promise.all([
    ring.forWriting(['main/a', 'main/b']),
    ring.forWriting(['main/b', 'main/c']),
  ])
  const [first, second] = made.map(shown)
  t.same(Object.keys(first ?? {}).toSorted(), ['main/a', 'main/b'])
  t.equal(first?.['main/b'], second?.['main/b'], 'two callers, one key')
  t.not(first?.['main/a'], first?.['main/b'])

  const { rows } = await login.query<{ subject: string; wrapped: Buffer }>(
    'select subject, wrapped from daybook.subject_key order by subject',
  )
  t.same(
    rows.map(({ subject }) => subject),
    ['main/a', 'main/b', 'main/c'],
    'there for everybody to see',
  )
  for (const { subject, wrapped } of rows) {
    const key = Buffer.from(shown(await ring.forReading([subject]))[subject] ?? '', 'hex')
    t.equal(key.length, 32)
    t.equal(wrapped.indexOf(key), -1, 'not in the clear')
  }

  const restarted = open()
  const known = { 'main/a': first?.['main/a'] }
  t.same(shown(await restarted.forReading(['main/a', 'main/z'])), known)
  t.same(shown(await open().forWriting(['main/a'])), known)
  const stranger = createPostgresKeyRing({
    pool: database.writer,
    masterKeys: new MasterKeys([randomBytes(32)]),
  })
  await t.rejects(stranger.forReading(['main/a']), 'another master key opens nothing')
})

t.test('two processes that make the same keys at once agree', async (t) => {
  const { database } = await testDatabase(t)
  const masterKeys = new MasterKeys([randomBytes(32)])
  const subjects = Array.from({ length: 200 }, (_, i) => `main/${i}`)
  const rings = [1, 2, 3].map(() => createPostgresKeyRing({ pool: database.writer, masterKeys }))
  const orders = [subjects, subjects.toReversed(), subjects.toSorted(() => Math.random() - 0.5)]
  const found = await Promise.all(rings.map((ring, i) => ring.forWriting(orders[i] ?? [])))
  for (const subject of subjects) {
    t.equal(new Set(found.map((made) => shown(made)[subject])).size, 1)
  }
})

t.test('a destroyed key stays destroyed, for every process in time', async (t) => {
  const { database, login } = await testDatabase(t)
  const masterKeys = new MasterKeys([randomBytes(32)])
  const open = (cachedForMs: number) =>
    createPostgresKeyRing({ pool: database.writer, masterKeys, cachedForMs })
  const [ring, other] = [open(60_000), open(0)]
  await other.forWriting(['main/a'])
  await ring.forWriting(['main/a'])
  await ring.destroy('main/a')
  await ring.destroy('main/never')
  for (const subject of ['main/a', 'main/never']) {
    t.same(shown(await ring.forReading([subject])), { [subject]: 'erased' })
    t.same(shown(await other.forReading([subject])), { [subject]: 'erased' })
    t.same(shown(await open(0).forWriting([subject])), { [subject]: 'erased' }, 'never made again')
  }
  const { rows } = await login.query('select from daybook.subject_key where wrapped is not null')
  t.equal(rows.length, 0)
})

t.test('who hears forgets a destroyed key at once; who does not hear remembers none', async (t) => {
  const { database, login } = await testDatabase(t)
  const masterKeys = new MasterKeys([randomBytes(32)])
  const open = (connect: () => Promise<pg.Client>) => {
    const ring = createPostgresKeyRing({ pool: database.writer, masterKeys, connect })
    t.teardown(() => ring.close())
    return ring
  }
  const ring = createPostgresKeyRing({ pool: database.writer, masterKeys })
  const hearing = open(() => database.connect('writer', { name: 'hears' }))
  const deaf = open(() => Promise.reject(new Error('there is no connection left')))
  const subjects = ['main/a', 'main/b']
  const readBy = async (reader: KeyRing) => shown(await reader.forReading(subjects))
  const keys = shown(await ring.forWriting(subjects))
  t.same(await readBy(deaf), keys)
  t.same(await readBy(hearing), keys)
  await eventually('it listens', async () => {
    const { rows } = await login.query(
      `select from pg_stat_activity where application_name = 'hears' and query like 'listen%' and state = 'idle'`,
    )
    return rows.length === 1
  })
  t.same(await readBy(hearing), keys, 'remembered from now on')

  await ring.destroy('main/a')
  const left = { ...keys, 'main/a': 'erased' }
  t.same(await readBy(deaf), left, 'looked up')
  await eventually('it was told', async () => (await readBy(hearing))['main/a'] === 'erased')
  t.same(await readBy(hearing), left)

  await login.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hears'`,
  )
  await ring.destroy('main/b')
  await eventually('also after a connection is lost', async () => {
    return (await readBy(hearing))['main/b'] === 'erased'
  })
})

t.test('thousands of customers cost a few statements', async (t) => {
  const { database } = await testDatabase(t)
  let statements = 0
  const counting = new Proxy(database.writer, {
    get: (pool, name) => {
      if (name === 'query') statements += 1
      const value: unknown = Reflect.get(pool, name)
      return typeof value === 'function' ? value.bind(pool) : value
    },
  })
  const ring = createPostgresKeyRing({
    pool: counting,
    masterKeys: new MasterKeys([randomBytes(32)]),
  })
  await Promise.all(Array.from({ length: 5000 }, (_, i) => ring.forWriting([`main/${i}`])))
  t.ok(statements <= 10, `${statements} statements`)
  statements = 0
  await ring.forReading(['main/1', 'main/4999'])
  t.equal(statements, 0, 'kept in memory')
})

t.test('keyed hashes differ by purpose, by parts and by installation', (t) => {
  const [a, b] = [randomBytes(32), randomBytes(32)].map((key) =>
    createKeyedHash((purpose) => derivedKey(key, purpose)),
  ) as [KeyedHash, KeyedHash]
  t.equal(a('customerNumber', 'main', '17850'), a('customerNumber', 'main', '17850'))
  const all = [
    a('customerNumber', 'main', '17850'),
    a('bodyHash', 'main', '17850'),
    a('customerNumber', 'mai', 'n17850'),
    a('customerNumber', 'main17850'),
    b('customerNumber', 'main', '17850'),
  ]
  t.equal(new Set(all).size, all.length)
  t.match(all[0], /^[\w-]{43}$/)
  t.end()
})
