import { createHash, randomUUID } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { buildApp } from '#api/app.ts'
import { bearerTokens } from '#api/authentication.ts'
import type { Permission } from '#api/permissions.ts'
import { fieldsOf, type PersonRecord, type PersonStatement } from '#api/privacy/person-files.ts'
import { MASKED } from '#domain/event-schema.ts'
import { personLink } from '#domain/privacy/person-link.ts'
import { heldOnSubjects, subjectFields } from '#domain/subjects.ts'
import { readHashedLines } from '#log/hashed-lines.ts'
import { projections } from '#projections/all.ts'
import {
  pageOfRows,
  type RowOfPerson,
  type TableName,
  tablesOfPerson,
  toldTables,
} from '#projections/privacy/rows-of-person.ts'
import { type ApiAnswer, auditor, operator, testApi } from '#test/support/api.ts'
import { dig, eventually, owner, pick } from '#test/support/server.ts'
import { makeBusiness } from './a-business.ts'
import { makeBusinessOfPersons, PERSONAL } from './a-business-of-persons.ts'

/**
 * Two persons of one organisation: Wanda, with something personal in every field that can hold such, and
 * somebody whose every text holds `yank`.
 */
const api = await testApi(t)
const names = await makeBusinessOfPersons(api)
const other = await makeBusiness(api, owner, 'yank', {
  sale: '61.03',
  topUp: '72.04',
  moreSales: 0,
})
const settle = async () => api.caughtUp()
const pathOf = (customer: string, format = 'ndjson') =>
  `/api/privacy/persons/${customer}/export?format=${format}`
const ask = (customer: string, format = 'ndjson', more: object = {}): Promise<ApiAnswer> =>
  api.get(pathOf(customer, format), { headers: { 'x-reason': 'asked by letter' }, ...more })

await api.get(`/api/crm/customers/${names.customer}`)
const look = (query: string, reason: string) =>
  api.get(`/api/events?${query}`, { headers: { 'x-reason': encodeURIComponent(reason) } })
await look(`customer=${names.customer}`, 'Wanda wants to know')
await look(`customer=${names.customer}&wallet=${other.wallet}`, 'Wanda and yank are one?')
const lookAtEvent = async (wallet: string, reason: string) => {
  const events = await api.get(`/api/events?wallet=${wallet}&limit=1`)
  const path = `/api/events/${pick(events, 'data', 0, 'id')}`
  await api.get(path, { headers: { 'x-reason': reason } })
}
await lookAtEvent(names.wallet, 'Wanda had a question')
await lookAtEvent(other.wallet, 'yank had a question')
const unmask = { actor: auditor.actor, until: new Date(Date.now() + 3_600_000).toISOString() }
await api.post('/api/unmaskings', { ...unmask, subject: names.customer, reason: 'Wanda sues' })
await api.post('/api/unmaskings', { ...unmask, subject: other.customer, reason: 'yank sues' })
await eventually('the looks are on record', async () => {
  const found = dig(await api.get('/api/accesses?limit=500'), 'data')
  return ['wants to know', 'are one?', 'Wanda had', 'yank had'].every((text) =>
    JSON.stringify(found).includes(text),
  )
})
await api.get('/api/events/export')
await settle()

interface File {
  readonly statement: PersonStatement
  readonly records: readonly PersonRecord[]
  readonly sha256: string
}

async function readNdjson({ body }: ApiAnswer): Promise<File> {
  const text = String(body)
  async function* bytes() {
    yield Buffer.from(text)
  }
  const lines = readHashedLines({ format: 'daybook person', version: 1 }, bytes())
  const records: PersonRecord[] = []
  for (;;) {
    const { done, value } = await lines.next()
    if (done === true) {
      const statement = JSON.parse(text.split('\n', 1)[0] ?? '') as PersonStatement
      return { statement, records, sha256: value.sha256 }
    }
    records.push(value as PersonRecord)
  }
}

const first = await ask(names.customer)
const whole = await readNdjson(first)
const all = JSON.stringify(whole.records)
const kept = (record: string) => whole.records.filter((one) => one.record === record)

/** Everything that is Wanda's, as the tables of the engine say it, whoever may read them. */
async function theirIds(): Promise<ReadonlySet<string>> {
  const { engine } = api.daybook.database
  const customers = [names.customer, names.again]
  const ids = async (column: string, table: string) =>
    (
      await engine.query<{ id: string }>(
        `select ${column} as id from ${table} where customer_id = any($1)`,
        [customers],
      )
    ).rows.map(({ id }) => id)
  return new Set([
    ...customers,
    ...(await ids('sale_id', 'finance_sales.sale')),
    ...(await ids('credit_note_id', 'finance_sales.credit_note')),
    ...(await ids('bad_debt_id', 'finance_sales.bad_debt')),
    ...(await ids('wallet_id', 'wallets.wallet')),
  ])
}

t.test('the file says what it is, and holds as much as it says', async (t) => {
  t.equal(first.status, 200)
  t.match(first.headers, {
    'content-type': 'application/x-ndjson',
    'content-disposition': 'attachment; filename="person.ndjson"',
  })
  const { statement } = whole
  t.match(statement, { organisation: 'main', stale: false, personalData: 'shown' })
  t.same(statement.customers, [names.customer, names.again], 'linked customers are one person')
  t.same(statement.holds, {
    rows: kept('row').length,
    events: kept('event').length,
    accesses: kept('access').length,
    unmaskings: kept('unmasking').length,
    receivers: kept('receiver').length,
  })
  t.same(
    Object.keys(statement.leavesOut).toSorted(),
    Object.keys(tablesOfPerson)
      .filter((name) => !toldTables.includes(name as TableName))
      .toSorted(),
  )
})

t.test('every row that names what is theirs is in it', async (t) => {
  const ids = await theirIds()
  t.ok(ids.size > 10)
  const told = kept('row').map(({ of, data }) => `${of} ${JSON.stringify(keyOf(of, data))}`)
  t.equal(new Set(told).size, told.length, 'each once')
  let found = 0
  for (const name of toldTables) {
    const { rows } = await api.daybook.database.engine.query<Record<string, unknown>>(
      `select * from ${name} where organisation = 'main'`,
    )
    const theirs = rows.filter((row) => Object.values(row).some((value) => ids.has(String(value))))
    t.ok(theirs.length > 0, `${name} holds something of theirs`)
    found += theirs.length
    for (const row of theirs) {
      t.ok(told.includes(`${name} ${JSON.stringify(keyOf(name, row))}`), name)
    }
  }
  t.equal(found, told.length, 'and no other')
})

t.test('rows come in pages, each row once, whatever a page holds', async (t) => {
  const ids = [...(await theirIds())]
  for (const name of toldTables) {
    const expected = kept('row').filter(({ of }) => of === name)
    for (const limit of [1, 3]) {
      const found: object[] = []
      for (let after: RowOfPerson | undefined; ; ) {
        const from = after
        const page = await api.daybook.database.query('main', (db) =>
          pageOfRows(db, name, ids, { limit, after: from }),
        )
        found.push(...page)
        after = page.at(-1)
        if (page.length < limit) break
      }
      t.same(
        found.map((row) => keyOf(name, row)),
        expected.map(({ data }) => keyOf(name, data)),
        `${name} by ${limit}`,
      )
    }
  }
})

function keyOf(name: string, row: object): readonly string[] {
  const [projection, table] = name.split('.')
  const key = projections
    .find((one) => one.name === projection)
    ?.tables.find((one) => one.name === table)?.key
  return (key ?? []).map((column) => String((row as Record<string, unknown>)[column]))
}

t.test(
  'every text that was written about them is in it, and nothing of anybody else',
  async (t) => {
    const ids = await theirIds()
    const { log, codec } = api.daybook
    let [own, others] = [0, 0]
    for await (const page of log.readAll()) {
      for (const event of await codec.decode(page)) {
        if (event.metadata.organisation !== 'main') continue
        for (const { subject, fields } of heldOnSubjects) {
          if (!['customer', 'sale', 'bad_debt', 'wallet'].includes(subject)) continue
          const data = event.data as Readonly<Record<string, unknown>>
          const held = (fields as Readonly<Record<string, readonly string[]>>)[event.type] ?? []
          for (const field of held) {
            const text = data[field]
            if (typeof text !== 'string') continue
            const isTheirs = ids.has(String(data[subjectFields[subject]]))
            if (isTheirs) own += 1
            else others += 1
            const told = kept('event').find((one) => (one.data as { id: string }).id === event.id)
            if (isTheirs) t.equal(dig({ status: 200, body: told?.data }, 'data', field), text)
            else t.equal(told, undefined, `${event.type} is about somebody else`)
          }
        }
      }
    }
    t.ok(own > 40 && others > 20, `${own} of theirs, ${others} of others`)
    t.notMatch(all, /yank/)
    for (const id of [other.customer, other.sale, other.badDebt]) t.notOk(all.includes(id))
    const yanks = await readNdjson(await ask(other.customer))
    t.match(JSON.stringify(yanks.records), /Zainab yank/)
    t.notMatch(JSON.stringify(yanks.records), /wanda|zulu/i)
  },
)

t.test('who looked and why is in it, and masked where it may be about others', async (t) => {
  const reasons = kept('access').map(({ data }) =>
    dig({ status: 200, body: data }, 'data', 'reason'),
  )
  t.ok(reasons.includes('Wanda wants to know'))
  t.ok(reasons.includes('Wanda had a question'), 'by the id of an event, too')
  t.ok(reasons.includes(MASKED), 'one look was for somebody else as well')
  const granted = kept('unmasking').map(({ data }) => dig({ status: 200, body: data }, 'data'))
  t.match(granted, [{ subject: names.customer, reason: 'Wanda sues' }])
  t.equal(granted.length, 1)
})

t.test('who received it is in it: exports of the log, and files on the person', async (t) => {
  t.match(
    kept('receiver').map(({ of }) => of),
    ['/api/events/export'],
  )
  const again = await readNdjson(await ask(names.customer))
  const receivers = again.records.filter(({ record }) => record === 'receiver')
  t.match(receivers[0], {
    of: '/api/privacy/persons/:id/export',
    data: {
      actor: owner.actor,
      events: String(whole.records.length),
      asked: { id: names.customer, format: 'ndjson' },
      requestId: first.headers['x-request-id'],
    },
  })
  const yanks = await readNdjson(await ask(other.customer))
  const theirs = yanks.records.filter(({ record }) => record === 'receiver')
  t.notOk(theirs.some(({ data }) => JSON.stringify(data).includes(names.customer)))
})

t.test('it is on record with its reason before it is answered', async (t) => {
  const path = '/api/accesses?kind=export&route=/api/privacy/persons/:id/export&limit=500'
  const accesses = dig(await api.get(path), 'data') as readonly { readonly requestId: string }[]
  t.match(
    accesses.find(({ requestId }) => requestId === first.headers['x-request-id']),
    {
      kind: 'export',
      actor: owner.actor,
      reason: 'asked by letter',
      rows: String(whole.records.length),
      asked: { id: names.customer, format: 'ndjson' },
    },
  )
})

t.test('the same stands in CSV, and its hash is of what it holds', async (t) => {
  const [json, csv] = [await ask(names.customer), await ask(names.customer, 'csv')]
  t.equal(csv.headers['content-type'], 'text/csv; charset=utf-8')
  const file = await readNdjson(json)
  const text = String(csv.body)
  const rows: Record<'record' | 'number' | 'of' | 'field' | 'value', string>[] = parse(text, {
    columns: true,
    record_delimiter: '\r\n',
  })
  const [, before = '', hash] = /^([^]*\r\n)summary,,,sha256,([0-9a-f]{64})\r\n$/.exec(text) ?? []
  t.equal(createHash('sha256').update(before).digest('hex'), hash)
  const isOfFirst = ({ data }: PersonRecord) =>
    JSON.stringify(data).includes(json.headers['x-request-id'] ?? '?')
  const records = new Map<string, { record: string; of: string; lines: string[] }>()
  for (const { record, number, of, field, value } of rows) {
    if (record === 'statement' || record === 'summary') continue
    const one = records.get(number) ?? { record, of, lines: [] }
    one.lines.push(`${field}: ${value}`)
    records.set(number, one)
  }
  const told = [...records.values()].filter(
    ({ lines }) => !lines.some((line) => line.includes(json.headers['x-request-id'] ?? '?')),
  )
  // Of one that a spreadsheet would take for a formula an apostrophe stands before it.
  const guarded = (value: string) => (/^[=+@\t\r\n]|^-(?!\d)/.test(value) ? `'${value}` : value)
  t.strictSame(
    told,
    file.records
      .filter((one) => !isOfFirst(one))
      .map(({ record, of, data }) => ({
        record,
        of,
        lines: fieldsOf(data).map(([field, value]) => `${field}: ${guarded(String(value ?? ''))}`),
      })),
  )
  const holds = rows.filter(({ field }) => field.startsWith('holds.'))
  const sum = holds.reduce((total, { value }) => total + Number(value), 0)
  t.equal(sum, records.size)
  t.match(rows.at(-2), { record: 'summary', field: 'count', value: String(records.size) })
})

t.test('without a reason, a right to it, or somebody to tell of, nothing is told', async (t) => {
  t.match(await api.get(pathOf(names.customer)), {
    status: 400,
    body: { errors: [{ in: 'header', pointer: '/x-reason', code: 'FIELD_REQUIRED' }] },
  })
  t.match(await ask(names.customer, 'xml'), { status: 400 })
  t.match(await ask('nobody'), { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } })
  for (const caller of [operator, auditor]) {
    const refused = { status: 403, body: { code: 'FORBIDDEN' } }
    t.match(await ask(names.customer, 'ndjson', { caller }), refused)
  }
})

t.test('who is restricted is told who they are; of who is erased nobody can tell', async (t) => {
  const register = async (name: string) =>
    pick(await api.post('/api/crm/customers', { name, phone: '+27 82 555 0123' }), 'data', 'id')
  const [kept, gone] = [await register('Karl Kept'), await register('Gerda Gone')]
  await api.post('/api/finance/sales', { customerId: kept, agent: 'a', saleAmount: '3.00' })
  for (const customerId of [kept, gone]) {
    await api.post('/api/privacy/erasures', { customerId, reason: 'asked_by_person' })
  }
  await settle()
  const file = await readNdjson(await ask(kept))
  const row = file.records.find(({ of }) => of === 'crm_customers.customer')
  t.match(row?.data, { name: 'restricted', restricted_name: 'Karl Kept' })
  t.match(await ask(gone), { status: 409, body: { code: 'CUSTOMER_ERASED' } })

  // A key hands out no more than what it was given to see.
  const { config } = api.daybook
  const asKey = async (customer: string, ...scopes: readonly Permission[]) => {
    const machine = {
      kind: 'machine',
      organisation: 'main',
      actor: 'robot',
      role: 'owner',
    } as const
    const authenticate = bearerTokens({ configured: () => ({ ...machine, scopes }) })
    const { limits, network } = config
    const app = await buildApp({ ...api.daybook, authenticate, limits, network })
    t.teardown(() => app.close())
    const headers = { authorization: 'Bearer its-key', 'x-reason': 'a check' }
    const { statusCode, body } = await app.inject({ url: pathOf(customer), headers })
    return { status: statusCode, headers: {}, body }
  }
  const masked = await readNdjson(await asKey(names.customer, 'disclose'))
  t.equal(masked.statement.personalData, 'masked')
  const rows = masked.records.filter(({ of }) => of === 'crm_customers.customer')
  t.ok(
    rows.length > 0 &&
      rows.every(({ data }) => dig({ status: 200, body: data }, 'name') === MASKED),
  )
  t.notMatch(JSON.stringify(masked.records), PERSONAL)
  const refused = await asKey(kept, 'disclose', 'seePersonalData')
  t.equal(refused.status, 409)
  t.match(refused.body, /CUSTOMER_RESTRICTED/)
  t.equal((await asKey(kept, 'disclose', 'seePersonalData', 'readRestricted')).status, 200)
  const linked = await register('Karl K.')
  // As it may stand in a log of before nobody was linked with whom an erasure is under way.
  const customerIds = [linked, kept]
  const link = {
    type: 'LinkCustomers',
    linkId: 'l-1',
    customerIds,
    reason: 'known_to_staff',
  } as const
  const [commandId, correlationId] = [randomUUID(), randomUUID()]
  const now = api.daybook.clock()
  const context = { organisation: 'main', actor: 'olga', commandId, correlationId, now }
  await api.daybook.handler.handle(personLink, 'l-1', link, context)
  await settle()
  t.equal((await asKey(linked, 'disclose', 'seePersonalData')).status, 409, 'nor by a link')
})
