import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { dataFolder, privatePostgres } from '#test/support/private-postgres.ts'
import { dig, eventually, pick, TestServer } from '#test/support/server.ts'
import { settled } from './support/settled.ts'

/** What stands in the files of PostgreSQL itself of somebody who is erased, and for how long. */

const ERASED = ['Quillfeather', '7700900461', '7700 900461', 'vane-example']
const DELETED = ['Ploverton', '7700900872', '7700 900872', 'fen-example']
const nothing = { sale: 0, creditNote: 0, badDebt: 0, customerCredit: 0, wallet: 0 }
/** Of the write-ahead log; PostgreSQL's own measure unless it was compiled otherwise. */
const SEGMENT_BYTES = 16 * 2 ** 20

type Texts = readonly (string | Buffer)[]

/** The files of a cluster in which one of these texts stands, in the clear. */
function filesWith(folder: string, texts: Texts): readonly string[] {
  const found: string[] = []
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    if (!/(^|[/])(base|global|pg_wal|pg_stat|pg_stat_tmp)[/]/.test(name)) continue
    if (!statSync(path).isFile()) continue
    const bytes = readFileSync(path)
    if (texts.some((text) => bytes.includes(text))) found.push(name)
  }
  return found
}

const isOfWal = (name: string): boolean => name.includes('pg_wal/')
const tables = (files: readonly string[]) => files.filter((name) => !isOfWal(name))

t.test(
  'of who is erased or deleted the tables’ files hold nothing, the write-ahead log for a while',
  async (t) => {
    const folder = dataFolder(t)
    let postgres = await privatePostgres(t, folder)
    const server = new TestServer({ DATABASE_URL: postgres.url })
    t.teardown(() => server.remove())
    /** All that is in memory reaches the files, as at any checkpoint. */
    const checkpointed = async (): Promise<void> => {
      await server.stop()
      await postgres.stop()
      postgres = await privatePostgres(t, folder)
      t.equal(postgres.url, server.environment['DATABASE_URL'])
    }
    await server.start()
    await server.call('PATCH', '/api/settings', { body: { retentionYears: nothing } })
    const [erased, deleted] = await fill(server)
    const keys = await keysOf(postgres.url, [erased, deleted])
    await checkpointed()
    const texts: Texts = [...ERASED, ...DELETED, ...keys]
    for (const text of texts)
      t.ok(tables(filesWith(folder, [text])).length > 0, 'or nothing is proved')

    await server.start()
    const reason = { reason: 'asked_by_person' }
    await server.post('/api/privacy/erasures', { customerId: erased, ...reason })
    await server.call('DELETE', `/api/crm/customers/${deleted}`, { body: reason })
    await settled(server)
    await vacuumed(server)
    await checkpointed()
    const left = filesWith(folder, texts)
    t.same(tables(left), [], 'no file of a table, an index or the statistics')
    t.not(left.length, 0, 'the write-ahead log')
    const segments = await untilForgotten(t, folder, texts, async () => {
      await write(postgres.url, SEGMENT_BYTES)
      await checkpointed()
    })
    t.comment(`after ${segments} more segments of 16 MB nothing is left`)
  },
)

/** Somebody to be erased, with a document, somebody to be deleted, and others around them. */
async function fill(server: TestServer): Promise<readonly [string, string]> {
  const idOf = async (path: string, body: object) => {
    const answer = await server.post(path, body)
    if (answer.status !== 201) throw new Error(`${path} ${JSON.stringify(answer.body)}`)
    return pick(answer, 'data', 'id')
  }
  const register = (surname: string, phone: string, domain: string) =>
    idOf('/api/crm/customers', {
      name: `Perpetua ${surname}`,
      phone,
      email: `p@${domain}.org`,
      note: `${surname} rings twice`,
    })
  for (let i = 0; i < 100; i++) await register(`Other${i}`, `+44 7700 9${10_000 + i}`, 'others')
  const erased = await register('Quillfeather', '+44 7700 900461', 'vane-example')
  for (let i = 0; i < 100; i++) await register(`Later${i}`, `+44 7700 8${10_000 + i}`, 'others')
  const deleted = await register('Ploverton', '+44 7700 900872', 'fen-example')
  const sale = await idOf('/api/finance/sales', { customerId: erased, saleAmount: '12.00' })
  const reference = 'from Quillfeather'
  const paid = { amount: '5.00', method: 'cash', reference }
  await idOf(`/api/finance/sales/${sale}/payments`, paid)
  const wallet = await idOf('/api/wallets', { customerId: erased, name: reference })
  for (let i = 0; i < 20; i++) {
    await server.post(`/api/wallets/${wallet}/topups`, {
      amount: '9.00',
      method: 'cash',
      reference,
    })
  }
  await settled(server)
  return [erased, deleted]
}

async function query<Row extends object>(url: string, sql: string, ...values: unknown[]) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row & pg.QueryResultRow>(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** The wrapped keys, which with the master key open what the log holds. */
async function keysOf(url: string, ids: readonly string[]): Promise<readonly Buffer[]> {
  const subjects = ids.map((id) => `main/${id}`)
  const rows = await query<{ wrapped: Buffer }>(
    url,
    'select wrapped from daybook.subject_key where subject = any($1)',
    subjects,
  )
  return rows.map(({ wrapped }) => wrapped)
}

/** The keys come first, and the tables after that: by then the process that does it waits again. */
async function vacuumed(server: TestServer): Promise<void> {
  await eventually(
    'what is erased was vacuumed',
    async () => {
      const listed = dig(await server.get('/api/processes'), 'data') as readonly {
        readonly name: string
        readonly lag: { readonly events: string | null }
        readonly reacted: string
      }[]
      const found = listed.find(({ name }) => name === 'erased_rows_are_vacuumed')
      return Number(found?.reacted) >= 2
    },
    120_000,
  )
}

/** Something that is nobody's, of so many bytes, into the write-ahead log alone. */
async function write(url: string, bytes: number): Promise<void> {
  const part = 2 ** 20
  await query(
    url,
    `select pg_logical_emit_message(false, 'filler', repeat('.', $1)) from generate_series(1, $2)`,
    part,
    bytes / part,
  )
}

/** How often it took until the write-ahead log holds nothing either. */
async function untilForgotten(
  t: Test,
  folder: string,
  texts: Texts,
  goOn: () => Promise<void>,
): Promise<number> {
  for (let times = 1; times <= 10; times++) {
    await goOn()
    const left = filesWith(folder, texts)
    t.same(tables(left), [])
    if (left.length === 0) return times
  }
  return (t.fail('min_wal_size is overwritten by ten segments'), 10)
}
