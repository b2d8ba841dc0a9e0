import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { asDatabaseError, DatabaseUnavailable } from '#adapters/database/errors.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { privatePostgres } from '#test/support/private-postgres.ts'

const MEBIBYTE = 1024 * 1024

/** A small disk in memory, mounted; undefined where that is not allowed. */
function smallDisk(mebibytes: number): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'daybook-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=711`, 'tmpfs', folder])
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder])
  rmSync(folder, { recursive: true })
}

/** Takes all the room there is but for some kibibytes. */
function fill(file: string, leaveKibibytes: number): void {
  const { bavail, bsize } = statfsSync(path.dirname(file))
  const descriptor = openSync(file, 'w')
  for (let left = bavail * bsize - leaveKibibytes * 1024; left > 0; left -= MEBIBYTE) {
    writeSync(descriptor, Buffer.alloc(Math.min(left, MEBIBYTE)))
  }
  closeSync(descriptor)
}

const disk = process.platform === 'linux' && process.getuid?.() === 0 ? smallDisk(140) : undefined
const skip = disk === undefined ? 'a small disk can only be mounted by root' : false
const folder = disk ?? ''
if (disk !== undefined) t.teardown(() => unmount(disk))

t.test('a disk that fills up while events are written', { skip }, async (t) => {
  const server = await privatePostgres(t, path.join(folder, 'data'))
  const { roles } = await migrate(server.url)
  const database = postgresDatabase({
    url: server.url,
    roles,
    connections: { reader: 1, writer: 1, engine: 1 },
    queryDeadlineMs: 5000,
  })
  t.teardown(() => database.close())
  await database.engine.query('create schema test; create table test.stored (n int, filler text)')
  const confirmed: number[] = []
  const insert = async (n: number): Promise<unknown> => {
    try {
      await database.engine.query(`insert into test.stored values ($1, repeat(md5($2), 2000))`, [
        n,
        n,
      ])
      confirmed.push(n)
      return undefined
    } catch (error) {
      return asDatabaseError(error)
    }
  }
  t.equal(await insert(0), undefined)

  const filler = path.join(folder, 'filler')
  fill(filler, 4096)
  let refusals = 0
  for (let n = 1; n < 20_000 && refusals < 20; n += 1) {
    const refusal = await insert(n)
    if (refusal === undefined) continue
    refusals += 1
    if (!(refusal instanceof DatabaseUnavailable)) t.equal(refusal, undefined, 'is no other error')
    if (refusals === 1)
      t.comment(`${confirmed.length} confirmed; then: ${(refusal as Error).message}`)
    await sleep(50)
  }
  t.equal(refusals, 20)
  t.comment(server.events.map((event) => event.what).join(', '))

  rmSync(filler)
  const before = performance.now()
  while ((await insert(-1)) !== undefined && performance.now() - before < 60_000) await sleep(100)
  t.comment(`writing again ${Math.round(performance.now() - before)} ms after there was room`)
  const { rows } = await database.engine.query<{ n: number }>('select n from test.stored')
  const stored = new Set(rows.map((row) => row.n))
  t.strictSame(
    confirmed.filter((n) => !stored.has(n)),
    [],
    'nothing that was confirmed is lost',
  )
})

t.test('a start on a full disk says so', { skip }, async (t) => {
  const filler = path.join(folder, 'filler')
  fill(filler, 8192)
  await t.rejects(privatePostgres(t, path.join(folder, 'another')), {
    message: /No space left on device|ENOSPC/,
  })
  rmSync(filler)
  const server = await privatePostgres(t, path.join(folder, 'another'))
  t.ok(server.url, 'and the next one, with room, goes through')
})
