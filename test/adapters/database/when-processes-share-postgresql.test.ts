import t from 'tap'
import { findEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'
import { lockHolder } from '#adapters/database/embedded/folder-lock.ts'
import { shareEmbeddedPostgres } from '#adapters/database/embedded/share.ts'
import { openClient } from '#test/support/open-client.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { eventually } from '#test/support/server.ts'

/** The embedded PostgreSQL of one data folder, for several processes of this machine. */

const dataDir = dataFolder(t)
const happened: string[] = []
const share = (what: string) =>
  shareEmbeddedPostgres({
    dataDir,
    what,
    report: (event) => happened.push(`${what}: ${event.what}`),
  })
const holder = (): string | undefined => lockHolder(dataDir, 'daybook.lock')?.what

t.test('one of those that start at once starts it, the others work beside', async (t) => {
  const shares = await Promise.all(['first', 'second', 'third'].map(share))
  t.equal(new Set(shares.map(({ url }) => url)).size, 1)
  t.equal(happened.filter((event) => event.endsWith(': started')).length, 1)

  const client = await openClient(t, shares[0]?.url ?? '')
  const has = holder()
  const [own, ...others] = shares.toSorted((a) => (shares.indexOf(a) === indexOf(has) ? -1 : 1))
  await own?.stop()
  await eventually('another has it', async () => ![undefined, has].includes(holder()))
  t.match(await client.query('select 1 as one'), { rows: [{ one: 1 }] }, 'it went on meanwhile')

  await Promise.all(others.map((one) => one.stop()))
  t.equal(await findEmbeddedPostgres(dataDir), undefined)
  await t.rejects(client.query('select 1'), 'those who end last, at once, end it')
})

t.test('alone, it is ended by whoever started it, and starts again', async (t) => {
  const alone = await share('alone')
  const client = await openClient(t, alone.url)
  t.match(await client.query('select 1 as one'), { rows: [{ one: 1 }] })
  await alone.stop()
  await t.rejects(client.query('select 1'))
  t.equal(holder(), undefined)
})

function indexOf(what: string | undefined): number {
  return ['first', 'second', 'third'].indexOf(what ?? '')
}
