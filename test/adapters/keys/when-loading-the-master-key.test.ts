import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { masterKeyOf } from '#adapters/keys/master-key.ts'
import { MasterKeys, openMasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { testDatabase } from '#test/support/database.ts'

t.test('the first start makes it, the next ones find it', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = path.join(t.testdir(), 'not-there-yet')
  const load = async () => (await openMasterKeys({ dataDir, database: database.writer })).all
  const [keys, same] = await Promise.all([load(), load()])
  t.match(keys, [{ id: /^[0-9a-f]{16}$/, bytes: { length: 32 } }])
  t.strictSame(keys, same, 'two starts at once agree')
  t.strictSame(keys, await load())
  const text = await readFile(path.join(dataDir, 'master.key'), 'utf8')
  t.equal(text, `${keys[0]?.bytes.toString('base64')}\n`)
  t.equal((await stat(path.join(dataDir, 'master.key'))).mode & 0o777, 0o600)
  t.same(await readdir(dataDir), ['master.key'], 'nothing is left beside it')
})

t.test('the configuration goes before the file', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const configured = [randomBytes(32), randomBytes(32)]
  const { all } = await openMasterKeys({ configured, dataDir, database: database.writer })
  t.strictSame(
    all.map(({ bytes }) => bytes),
    configured,
  )
  t.same(await readdir(dataDir), [])
})

t.test('a file holds the bare bytes of one key, or several as text', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const file = path.join(dataDir, 'master.key')
  const load = async () =>
    (await openMasterKeys({ dataDir, database: database.writer })).all.map(({ bytes }) => bytes)
  const [one, two] = [randomBytes(32), randomBytes(32)]
  await writeFile(file, one, { mode: 0o600 })
  t.strictSame(await load(), [one])
  const texts = [two, one].map((key) => key.toString('base64'))
  await writeFile(file, `${texts.join('\r\n')}\n\n`)
  t.strictSame(await load(), [two, one])
  await writeFile(file, texts.join(' , '))
  t.strictSame(await load(), [two, one])
})

t.test('a file that cannot be right is refused, with what to do', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const file = path.join(dataDir, 'master.key')
  const refused = async (content: string | Buffer, message: RegExp) => {
    await writeFile(file, content, { mode: 0o600 })
    const load = openMasterKeys({ dataDir, database: database.writer })
    await t.rejects(load, { name: 'MasterKeyError', message })
  }
  const key = randomBytes(32).toString('base64')
  await refused(
    randomBytes(31),
    /master\.key must be 32 bytes in base64, .*Put the right file back/,
  )
  await refused('', /key 1 of 1 holds 0/)
  await refused(`${key}\n${randomBytes(16).toString('base64')}\n`, /key 2 of 2 holds 16/)
  await refused(`${key}\n${key}\n`, /holds the same key twice: leave one of them out/)
  await chmod(file, 0o640)
  await refused(randomBytes(32), /mode 640.*chmod 600/)
})

t.test('once keys are wrapped, only the key that wrapped them will do', async (t) => {
  const { database, login } = await testDatabase(t)
  const dataDir = t.testdir()
  const masterKey = randomBytes(32)
  const masterKeys = new MasterKeys([masterKey])
  const ring = createPostgresKeyRing({ pool: database.writer, masterKeys })
  await ring.forWriting(['main/a'])
  const open = (...configured: Buffer[]) =>
    openMasterKeys({ configured, dataDir, database: database.writer })
  const lost = openMasterKeys({ dataDir, database: database.writer })
  await t.rejects(lost, { name: 'MasterKeyError', message: /is missing, but the database holds/ })
  t.same(await readdir(dataDir), [], 'no new one was made')
  const { id } = masterKeyOf(masterKey)
  const other = randomBytes(32)
  await t.rejects(open(other), {
    name: 'KeyUnavailable',
    message: new RegExp(`wrapped by the master key ${id}, which is not here. Add it to DAYBOOK_`),
  })
  t.equal((await open(other, masterKey)).all.length, 2)

  // As a database is that no server has opened since there could be several.
  await login.query('update daybook.subject_key set master_key = null')
  await login.query('delete from daybook.master_key')
  await t.rejects(open(other), { name: 'MasterKeyError', message: /not the one that wrapped/ })
  await open(other, masterKey)
  const { rows } = await login.query('select in_use, first from daybook.master_key')
  t.same(rows, [{ in_use: id, first: id }], 'the one that fits is known as the first')
  await t.rejects(open(other), { name: 'KeyUnavailable' })
})
