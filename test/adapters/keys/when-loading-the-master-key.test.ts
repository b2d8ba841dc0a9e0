import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { loadMasterKey } from '#adapters/keys/master-key.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { testDatabase } from '#test/support/database.ts'

t.test('the first start makes it, the next ones find it', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = path.join(t.testdir(), 'not-there-yet')
  const load = () => loadMasterKey({ dataDir, database: database.writer })
  const [key, same] = await Promise.all([load(), load()])
  t.equal(key.length, 32)
  t.ok(key.equals(same), 'two starts at once agree')
  t.ok(key.equals(await load()))
  t.ok(key.equals(await readFile(path.join(dataDir, 'master.key'))))
  t.equal((await stat(path.join(dataDir, 'master.key'))).mode & 0o777, 0o600)
  t.same(await readdir(dataDir), ['master.key'], 'nothing is left beside it')
})

t.test('the configuration goes before the file', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const key = randomBytes(32)
  const load = (configured: string) =>
    loadMasterKey({ configured, dataDir, database: database.writer })
  t.ok(key.equals(await load(key.toString('base64'))))
  t.same(await readdir(dataDir), [])
  await t.rejects(load(randomBytes(16).toString('base64')), /base64 of 32 bytes; it holds 16/)
})

t.test('a file that cannot be right is refused, with what to do', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const file = path.join(dataDir, 'master.key')
  const load = () => loadMasterKey({ dataDir, database: database.writer })
  await writeFile(file, randomBytes(31), { mode: 0o600 })
  await t.rejects(load(), { name: 'MasterKeyError', message: /must hold 32 bytes, but holds 31/ })
  await writeFile(file, randomBytes(32))
  await chmod(file, 0o640)
  await t.rejects(load(), { name: 'MasterKeyError', message: /mode 640.*chmod 600/ })
})

t.test('once keys are wrapped, only the key that wrapped them will do', async (t) => {
  const { database } = await testDatabase(t)
  const dataDir = t.testdir()
  const masterKey = randomBytes(32)
  const ring = createPostgresKeyRing({ pool: database.writer, masterKey })
  await ring.forWriting(['main/a'])
  const lost = loadMasterKey({ dataDir, database: database.writer })
  await t.rejects(lost, { name: 'MasterKeyError', message: /is missing, but the database holds/ })
  t.same(await readdir(dataDir), [], 'no new one was made')

  const configured = (key: Buffer) =>
    loadMasterKey({ configured: key.toString('base64'), dataDir, database: database.writer })
  await t.rejects(configured(randomBytes(32)), { message: /not the one that wrapped/ })
  t.ok(masterKey.equals(await configured(masterKey)))
})
