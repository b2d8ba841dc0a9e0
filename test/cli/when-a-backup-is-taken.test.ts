import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { maintenanceOutbox } from '#adapters/database/maintenance-outbox.ts'
import { checkBackup } from '#cli/backup/check-backup.ts'
import { assertProved, backupFiles, MANIFEST } from '#cli/backup/manifest.ts'
import { tableDecisions } from '#cli/backup/tables.ts'
import { takeBackup } from '#cli/backup/take-backup.ts'
import { hashPurposes } from '#log/key-ring.ts'
import { projections } from '#projections/all.ts'
import { customerAndSale, emptyInstallation, opened } from '#test/support/installation.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import type { Daybook } from '../../src/composition.ts'

const environment = { DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64') }
const never = new AbortController().signal
const ignore = (): undefined => undefined

/** A folder that is not there yet. */
const newFolder = (t: Test): string => `${dataFolder(t)}-backup`

const backUp = (daybook: Daybook, folder: string) =>
  takeBackup(daybook, { folder, actor: 'cli:test', signal: never })

t.test('every table is kept, folded from the log, or knowingly left out', async (t) => {
  const daybook = await opened(t, await emptyInstallation(t, environment))
  await daybook.engine.start()
  const { rows } = await daybook.database.engine.query<{ schema: string; name: string }>(
    `select nspname as schema, format('%I.%I', nspname, relname) as name
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'p', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema'`,
  )
  const readModels = new Set(projections.map(({ name }) => name))
  const isReadModel = (schema: string): boolean => readModels.has(schema.replace(/__\w+$/, ''))
  const others = rows.filter(({ schema }) => !isReadModel(schema)).map(({ name }) => name)
  t.ok(rows.length > others.length, 'read models are there too')
  t.same(
    others.filter((name) => !(name in tableDecisions)),
    [],
    'decide in src/cli/backup/tables.ts what a backup does with these',
  )
  t.same(
    Object.keys(tableDecisions).filter((name) => !others.includes(name)),
    [],
    'these are gone',
  )
})

t.test('a backup that is broken off leaves nothing, and two do not meet', async (t) => {
  const daybook = await opened(t, await emptyInstallation(t, environment))
  await customerAndSale(daybook, 'Wanjiku')
  const folder = newFolder(t)
  const ended = new AbortController()
  const onProgress = (): void => ended.abort()
  const options = { folder, actor: 'cli:test', signal: ended.signal, onProgress }
  await t.rejects(takeBackup(daybook, options), { name: 'AbortError' })
  t.notOk(existsSync(folder) || existsSync(`${folder}.unfinished`))
  mkdirSync(`${folder}.unfinished`)
  await t.rejects(backUp(daybook, folder), {
    name: 'BackupRefused',
    message: /another backup is being written, or one was killed/,
  })
  t.ok(existsSync(`${folder}.unfinished`), 'what is another’s is left alone')
  rmdirSync(`${folder}.unfinished`)
  mkdirSync(folder)
  t.match(await backUp(daybook, folder), { erasures: 0 }, 'into a folder that is empty')
})

t.test('a backup that cannot be put on record is none, and the next finds nothing', async (t) => {
  const daybook = await opened(t, await emptyInstallation(t, environment))
  await customerAndSale(daybook, 'Wanjiku')
  const folder = newFolder(t)
  const { engine, writer } = daybook.database
  const table = 'alter table daybook.maintenance_outbox'
  await engine.query(`${table} add constraint refused check (type <> 'BackupTaken')`)
  await t.rejects(backUp(daybook, folder), { message: /constraint "refused"/ })
  t.notOk(existsSync(folder) || existsSync(`${folder}.unfinished`))
  await engine.query(`${table} drop constraint refused`)
  t.same(await maintenanceOutbox(writer).oldest(), [])
  const { log } = await backUp(daybook, folder)
  const { ordinal } = log.head ?? {}
  t.match(await maintenanceOutbox(writer).oldest(), [
    { event: { type: 'BackupTaken', data: { ordinal, sha256: log.sha256 } } },
  ])
})

t.test('a log that holds nothing is backed up too', async (t) => {
  const daybook = await opened(t, await emptyInstallation(t, environment))
  const folder = newFolder(t)
  t.match(await backUp(daybook, folder), {
    log: { count: 0, head: null, organisations: {} },
    keys: hashPurposes.length,
  })
  t.match(await maintenanceOutbox(daybook.database.writer).oldest(), [
    { actor: 'cli:test', event: { type: 'BackupTaken', data: { ordinal: 0 } } },
  ])
  const checked = await checkBackup({ folder, keys: undefined, erasures: [] }, ignore)
  t.equal(checked.log.count, 0)
})

t.test(
  'whatever is changed or cut off in a backup is noticed, with the file it is in',
  async (t) => {
    const lost = await opened(t, await emptyInstallation(t, environment))
    const { customerId } = await customerAndSale(lost, 'Wanjiku')
    await customerAndSale(lost, 'Achieng')
    await lost.keyRing.destroy(`main/${customerId}`)
    const folder = newFolder(t)
    await backUp(lost, folder)
    const names = readdirSync(folder)
    const check = async (): Promise<string> => {
      try {
        const { manifest } = await checkBackup({ folder, keys: undefined, erasures: [] }, ignore)
        assertProved(lost.masterKeys, manifest)
        return 'sound'
      } catch (error) {
        return error instanceof Error ? `${error.name} ${error.message}` : 'odd'
      }
    }
    t.equal(await check(), 'sound')
    const changing = fc.record({
      name: fc.constantFrom(...names),
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      by: fc.integer({ min: 0, max: 255 }),
    })
    await fc.assert(
      fc.asyncProperty(changing, async ({ name, at, by }) => {
        const file = path.join(folder, name)
        const sound = readFileSync(file)
        const place = Math.floor(at * sound.length)
        const changed = Buffer.from(sound)
        changed[place] = ((changed[place] ?? 0) + by) % 256
        // Nothing added: the file is cut off there.
        writeFileSync(file, by === 0 ? sound.subarray(0, place) : changed)
        const said = await check()
        writeFileSync(file, sound)
        // White space at a manifest's end says nothing.
        const isSameJson = name === MANIFEST && sameJson(changed, sound) && by !== 0
        if (isSameJson) return true
        // The manifest tells of files and the master key: which of two that differ was changed is not known.
        const isNamed = name === MANIFEST || said.includes(name) || said.includes('manifest')
        return /^(BrokenFile|BackupRefused) /.test(said) && isNamed
      }),
      { numRuns: 200 },
    )
    await t.test('a line is named', async (t) => {
      const file = path.join(folder, backupFiles.log)
      const sound = readFileSync(file)
      const lines = gunzipSync(sound)
        .toString()
        .split(/(?<=\n)/)
      const put = (text: string): void => writeFileSync(file, gzipSync(text))
      put(lines.with(2, (lines[2] ?? '').replace('"revision":', '"revision":1')).join(''))
      t.match(await check(), /^BrokenFile .*log\.ndjson\.gz, line 3: its content is not/)
      put(lines.slice(0, 3).join(''))
      t.match(await check(), /^BrokenFile .*log\.ndjson\.gz, line 3: the file ends here/)
      writeFileSync(file, sound.subarray(0, sound.length - 20))
      t.match(
        await check(),
        /^BrokenFile .*log\.ndjson\.gz, line \d+: its bytes were changed or cut/,
      )
      writeFileSync(file, sound)
      const list = path.join(folder, backupFiles.erasures)
      const erasures = readFileSync(list, 'utf8')
      writeFileSync(list, erasures.replace(customerId, customerId.replace(/^./, 'x')))
      t.match(await check(), /^BrokenFile .*erasures\.ndjson, line 1: its content is not/)
      writeFileSync(list, '')
      t.match(await check(), /^BackupRefused .*erasures\.ndjson is not as it was written/)
      writeFileSync(list, erasures)
      t.equal(await check(), 'sound')
    })
  },
)

function sameJson(a: Buffer, b: Buffer): boolean {
  try {
    return JSON.stringify(JSON.parse(a.toString())) === JSON.stringify(JSON.parse(b.toString()))
  } catch {
    return false
  }
}
