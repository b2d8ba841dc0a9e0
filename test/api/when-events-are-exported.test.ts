import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { csvRecord } from '#api/csv.ts'
import { readHashedLines } from '#log/hashed-lines.ts'
import { auditedLog, logEnvironments } from '#test/support/audited-log.ts'
import { auditor } from '#test/support/api.ts'

const run = promisify(execFile)
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

interface Line {
  readonly id: string
  readonly ordinal: string
}

/** The line of the README. */
const RECHECK = `[ "$(sed '$d' "$1" | sha256sum | cut -c1-64)" = "$(tail -n 1 "$1" | grep -oE '[0-9a-f]{64}')" ]`

for (const [name, environment] of Object.entries(logEnvironments)) {
  t.test(
    `${name}: an export holds what the search finds, and can be checked by a shell`,
    async (t) => {
      const { api, events } = await auditedLog(t, await environment(t))
      const files = {
        'actor=ann': events.filter(({ metadata }) => metadata.actor === 'ann'),
        '': events,
        'actor=nobody': [],
      }
      for (const [query, expected] of Object.entries(files)) {
        for (const format of ['ndjson', 'csv'] as const) {
          const path = `/api/events/export?format=${format}&${query}`
          const answer = await api.get(path, { caller: auditor })
          t.equal(answer.status, 200)
          const text = typeof answer.body === 'string' ? answer.body : ''
          const { statement, lines, summary } =
            format === 'csv' ? ofCsv(text) : await ofNdjson(text)
          t.match(statement, {
            format: 'daybook events',
            version: 2,
            organisation: 'main',
            count: String(expected.length),
            first: expected[0] === undefined ? null : String(expected[0].organisationOrdinal),
            last: expected.length === 0 ? null : String(expected.at(-1)?.organisationOrdinal),
            head: String(events.length),
          })
          t.strictSame(
            (statement as { filter: object }).filter,
            query === '' ? {} : { actor: query.slice('actor='.length) },
          )
          t.strictSame(
            lines.map(({ id, ordinal }) => [id, ordinal]),
            expected.map(({ id, organisationOrdinal }) => [id, String(organisationOrdinal)]),
          )
          const before = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
          t.strictSame(summary, { count: expected.length, sha256: sha256(before) })
          await t.resolves(recheck(t.testdir(), text), 'the shell agrees')
          await t.rejects(recheck(t.testdir(), text.replace('main', 'mein')), 'a byte was changed')
          const cut = text.slice(0, before.lastIndexOf('\n', before.length - 2) + 1)
          await t.rejects(recheck(t.testdir(), cut), 'the end is missing')
          const again = await api.get(`${path}&known_at=${events.length}`, { caller: auditor })
          t.equal(again.body, answer.body, 'the same whenever it is asked for')
        }
      }
    },
  )
}

async function recheck(folder: string, text: string): Promise<unknown> {
  const file = join(folder, 'events')
  writeFileSync(file, text)
  return run('sh', ['-c', RECHECK, 'sh', file])
}

async function ofNdjson(text: string) {
  const records = readHashedLines({ format: 'daybook events', version: 2 }, bytesOf(text))
  const lines: Line[] = []
  for (;;) {
    const { done, value } = await records.next()
    if (done === true) {
      return { statement: JSON.parse(text.split('\n', 1)[0] ?? ''), lines, summary: value }
    }
    lines.push(value as Line)
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

function ofCsv(text: string) {
  const rows: (Line & { record: string; data: string })[] = parse(text, {
    columns: true,
    record_delimiter: '\r\n',
  })
  const dataOf = (record: string): unknown =>
    JSON.parse(rows.find((row) => row.record === record)?.data ?? '')
  return {
    statement: dataOf('statement'),
    lines: rows.filter(({ record }) => record === 'event'),
    summary: dataOf('summary'),
  }
}

t.test('an export that cannot be finished breaks off, without its last line', async (t) => {
  const { api } = await auditedLog(t)
  const said: object[] = []
  const write = (line: string) => void said.push(JSON.parse(line) as object)
  api.app.addHook('onRequest', (request, _reply, done) => {
    request.log = pino({ level: 'warn' }, { write })
    done()
  })
  const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const { login } = api.database
  // A hole in the log, as somebody with all rights could make.
  const admin = await api.daybook.database.connect('engine')
  await admin.query('alter table log.events disable trigger refuse_change')
  await admin.query('delete from log.events where position = 200')
  await admin.end()
  t.equal((await login.query('select 1')).rowCount, 1)
  for (const format of ['ndjson', 'csv']) {
    const response = await fetch(`${url}/api/events/export?format=${format}`, {
      headers: { authorization: `Bearer ${auditor.token}` },
    })
    t.equal(response.status, 200)
    await t.rejects(response.text(), 'the connection ends in the middle')
    t.match(said.splice(0), [
      {
        level: 50,
        msg: 'an answer broke off',
        err: { message: /lacks events that the index names/ },
      },
    ])
  }
})

t.test('whatever is in a cell, it is read as it was, and never as a formula', async (t) => {
  const property = fc.property(
    fc.array(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('=1+1', '@x', '-a', '"', ',')),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
    (cells) => {
      const [read = []]: string[][] = parse(csvRecord([...cells, 'end']), {
        record_delimiter: '\r\n',
      })
      return cells.every((cell, i) => {
        const found = read[i] ?? ''
        const isGuarded = found === `'${cell}` && /^[=+\-@\t\r\n]/.test(cell)
        return (found === cell || isGuarded) && !/^[=+@\t\r\n]/.test(found)
      })
    },
  )
  t.doesNotThrow(() => fc.assert(property))
  t.equal(
    csvRecord(['-10.50', -3, null, 'a"b', "=cmd|'/c calc'!A0"]),
    `-10.50,-3,,"a""b",'=cmd|'/c calc'!A0\r\n`,
  )
})
