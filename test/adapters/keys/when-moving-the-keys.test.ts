import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { exportKeys } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import type { KeyRing } from '#log/key-ring.ts'
import { testDatabase } from '#test/support/database.ts'

const masterKeys = new MasterKeys([randomBytes(32)])
const subjects = Array.from({ length: 2300 }, (_, i) => `main/customer-${i}-ü`)
const [ada = '', ben = '', eve = ''] = subjects

async function installation(t: Test, keys = masterKeys) {
  const { database } = await testDatabase(t)
  const pool = database.writer
  const ring = (): KeyRing => createPostgresKeyRing({ pool, masterKeys: keys })
  const rows = async (): Promise<unknown> =>
    (await pool.query('select * from daybook.subject_key order by subject')).rows
  return { pool, ring, rows, file: async () => (await Array.fromAsync(exportKeys(pool))).join('') }
}

async function* input(...texts: readonly string[]) {
  yield* texts
}

t.test('keys open in another database under the same master key', async (t) => {
  const from = await installation(t)
  const into = await installation(t)
  const keys = await from.ring().forWriting(subjects)
  await from.ring().destroy(eve)
  const file = await from.file()
  t.strictSame(await importKeys(into.pool, masterKeys, input(file)), {
    count: 2300,
    added: 2300,
    erased: 1,
  })
  t.strictSame(await into.rows(), await from.rows())
  t.strictSame(await into.ring().forReading(subjects), new Map(keys).set(eve, 'erased'))
  t.match(await importKeys(into.pool, masterKeys, input(file)), { added: 0, erased: 1 }, 'again')
  t.equal(await into.file(), file)
})

t.test('an erasure is never taken back, whichever side made it', async (t) => {
  const from = await installation(t)
  const into = await installation(t)
  await from.ring().forWriting([ada, ben])
  await importKeys(into.pool, masterKeys, input(await from.file()))
  await into.ring().destroy(ada)
  await from.ring().destroy(ben)
  t.match(await importKeys(into.pool, masterKeys, input(await from.file())), {
    added: 0,
    erased: 2,
  })
  t.strictSame(
    await into.ring().forReading([ada, ben]),
    new Map([
      [ada, 'erased'],
      [ben, 'erased'],
    ]),
  )
})

t.test('keys that do not fit are refused, all of them', async (t) => {
  const from = await installation(t)
  await from.ring().forWriting(subjects)
  const file = await from.file()
  const others = new MasterKeys([randomBytes(32)])
  const other = await installation(t, others)
  await t.rejects(importKeys(other.pool, others, input(file)), {
    name: 'KeysRefused',
    message: /wrapped by another master key/,
  })
  const into = await installation(t)
  await into.ring().forWriting([ben])
  const before = await into.rows()
  await t.rejects(importKeys(into.pool, masterKeys, input(file)), {
    name: 'KeysRefused',
    message: `${ben} has another key here than in the file`,
  })
  t.strictSame(await into.rows(), before, 'nothing of them was taken')

  const empty = await installation(t)
  const cut = file.slice(0, file.length - 200)
  await t.rejects(importKeys(empty.pool, masterKeys, input(cut)), { name: 'BrokenFile' })
  t.strictSame(await empty.rows(), [])
})
