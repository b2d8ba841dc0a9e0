import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import t from 'tap'
import { connectionConfig, databaseName } from '#adapters/database/connection.ts'
import {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '#adapters/database/embedded/embedded-postgres.ts'
import { FolderInUse } from '#adapters/database/embedded/folder-lock.ts'
import { openDatabase } from '#adapters/database/open-database.ts'
import { readConfig } from '#config'
import { dataFolder, privatePostgres } from '#test/support/private-postgres.ts'

/** SQLSTATE of the refusal; `in` when the login is let in. */
async function logIn(url: string, change: (url: URL) => void = () => undefined): Promise<string> {
  const target = new URL(url)
  change(target)
  const client = new pg.Client(connectionConfig(target.toString()))
  try {
    await client.connect()
    await client.end()
    return 'in'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(connectionConfig(url))
  await client.connect()
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)

const dataDir = dataFolder(t)
let server = await privatePostgres(t, dataDir)
const { url } = server

t.test('it lets in who knows the password, from this machine, and nobody else', async (t) => {
  t.equal(await logIn(url), 'in')
  t.equal(await logIn(url, (to) => (to.password = 'guess')), '28P01')
  t.equal(await logIn(url, (to) => (to.username = 'postgres')), '28000', 'the superuser never')
  const hba = readFileSync(path.join(dataDir, 'postgres', 'pg_hba.conf'), 'utf8')
  t.notMatch(hba, /trust|0\.0\.0\.0|::/)
  t.strictSame(await ask(url, 'show listen_addresses'), ['127.0.0.1'])
  t.strictSame(await ask(url, 'show password_encryption'), ['scram-sha-256'])
})

t.test('the login is no superuser, and what it must not do it cannot', async (t) => {
  t.strictSame(
    await ask(
      url,
      `select rolsuper, rolreplication, rolbypassrls from pg_roles where rolname = current_user`,
    ),
    [false, false, false],
  )
  await t.rejects(ask(url, `select pg_read_file('PG_VERSION')`), { code: '42501' })
  await t.rejects(ask(url, `copy (select 1) to program 'true'`), { code: '42501' })
})

t.test('it writes safely and says nothing personal', async (t) => {
  const settings = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums']
  for (const setting of settings) {
    t.strictSame(await ask(url, `show ${setting}`), ['on'], setting)
  }
  await ask(url, `create table secret (phone text primary key check (phone <> 'x'))`)
  await ask(url, `insert into secret values ('+966-1234567')`)
  await t.rejects(ask(url, `insert into secret values ('+966-1234567')`), { code: '23505' })
  // The server's log is written by a process of its own, a moment later.
  const refused = 'duplicate key value'
  const end = performance.now() + 10_000
  let said = ''
  while (!said.includes(refused) && performance.now() < end) {
    await sleep(20)
    said = execFileSync('sh', ['-c', `cat ${path.join(dataDir, 'postgres', 'log')}/*`], {
      encoding: 'utf8',
    })
  }
  t.match(said, /duplicate key value violates unique constraint/)
  t.notMatch(said, /1234567/)
})

t.test('its files are for their owner only, and it does not run as root', async (t) => {
  t.equal(modeOf(path.join(dataDir, 'postgres.json')), '600')
  t.equal(modeOf(path.join(dataDir, 'postgres')), '700')
  if (process.platform === 'linux') {
    const uids = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid()}/status`, 'utf8'))
    t.not(uids?.[1], '0')
  }
})

t.test('a second start on the folder is refused and says by whom', async (t) => {
  const second = startEmbeddedPostgres({ dataDir, what: 'another' })
  await t.rejects(second, FolderInUse)
  await t.rejects(second, {
    message: new RegExp(`in use by process ${process.pid} \\(a test\\).*DAYBOOK_DATA`),
  })
  t.equal(await logIn(url), 'in', 'the first goes on')
  t.strictSame(await findEmbeddedPostgres(dataDir), { url }, 'and can be worked with beside it')
})

t.test('a command of the command line works beside it, and leaves it running', async (t) => {
  const config = readConfig({ DAYBOOK_DATA: dataDir })
  const log = pino({ level: 'silent' })
  const beside = await openDatabase(config, { log, what: 'import' })
  t.equal((await beside.writer.query('select from daybook.kept_state')).rowCount, 0, 'migrated')
  await beside.close()
  t.equal(await logIn(url), 'in')
})

t.test('a command that comes while the server is booting waits for it', async (t) => {
  const folder = dataFolder(t)
  const booting = privatePostgres(t, folder)
  await sleep(100)
  const found = await findEmbeddedPostgres(folder)
  t.equal(found?.url, (await booting).url)
})

t.test('a command of the command line boots it where no server runs', async (t) => {
  const config = readConfig({ DAYBOOK_DATA: dataFolder(t) })
  const log = pino({ level: 'silent' })
  const alone = await openDatabase(config, { log, what: 'import' })
  t.equal((await alone.writer.query('select from daybook.kept_state')).rowCount, 0)
  await alone.close()
  t.equal(await findEmbeddedPostgres(config.dataDir), undefined)
})

t.test('after a stop and a start everything is as it was', async (t) => {
  await ask(url, `insert into secret values ('kept')`)
  await server.stop()
  t.equal(await logIn(url), 'ECONNREFUSED')
  t.equal(await findEmbeddedPostgres(dataDir), undefined)
  const before = performance.now()
  server = await privatePostgres(t, dataDir)
  t.ok(performance.now() - before < 15_000, 'quickly')
  t.equal(server.url, url, 'port and password are remembered')
  t.strictSame(await ask(url, `select phone from secret where phone = 'kept'`), ['kept'])
})

t.test(
  'a lock of a process that is gone, or of another that got its number, is taken over',
  async (t) => {
    await server.stop()
    const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
    const left = { pid: dead, startedAt: '1', what: 'killed' }
    writeFileSync(path.join(dataDir, 'daybook.lock'), JSON.stringify(left))
    server = await privatePostgres(t, dataDir)
    await server.stop()
    if (process.platform === 'linux') {
      writeFileSync(
        path.join(dataDir, 'daybook.lock'),
        JSON.stringify({ ...left, pid: process.pid }),
      )
      // PostgreSQL's own file too names a process that is something else by now.
      writeFileSync(path.join(dataDir, 'postgres', 'postmaster.pid'), `${process.ppid}\n`)
    }
    server = await privatePostgres(t, dataDir)
    t.equal(await logIn(server.url), 'in')
  },
)

t.test(
  'a folder that was moved, and one whose password file is lost, open with all their data',
  async (t) => {
    await server.stop()
    const moved = `${dataDir}-moved`
    renameSync(dataDir, moved)
    server = await privatePostgres(t, moved)
    t.equal(databaseName(server.url), 'daybook')
    t.strictSame(await ask(server.url, `select phone from secret where phone = 'kept'`), ['kept'])
    await server.stop()
    rmSync(path.join(moved, 'postgres.json'))
    server = await privatePostgres(t, moved)
    t.not(server.url, url)
    t.strictSame(await ask(server.url, `select phone from secret where phone = 'kept'`), ['kept'])
    await server.stop()
    const secrets: unknown = JSON.parse(readFileSync(path.join(moved, 'postgres.json'), 'utf8'))
    writeFileSync(
      path.join(moved, 'postgres.json'),
      JSON.stringify(Object.assign({}, secrets, { password: 'another' })),
    )
    server = await privatePostgres(t, moved)
    t.equal(
      await logIn(server.url),
      'in',
      'as does one whose password is not what the server knows',
    )
    await server.stop()
    rmSync(path.join(moved, 'postgres'), { recursive: true })
    await t.rejects(privatePostgres(t, moved), { message: /should be in .* and is not there/ })
  },
)

t.test('where the folder cannot be made the reason is said', async (t) => {
  const file = dataFolder(t)
  writeFileSync(file, 'a file')
  await t.rejects(privatePostgres(t, path.join(file, 'data')), {
    message: /The embedded PostgreSQL cannot be set up in .*data: .*(ENOTDIR|EEXIST)/,
  })
})
