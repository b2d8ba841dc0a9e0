import { createHash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import { ledger } from '#projections/accounting/ledger.ts'
import type { FoldedEvent } from '#projections/engine/projection.ts'
import { referencesOf } from '#projections/log/reference.ts'
import { foldInto } from '#test/projections/fold-runner.ts'
import type { TestApi } from '#test/support/api.ts'
import { auditedLog, logEnvironments, riyadhTime } from '#test/support/audited-log.ts'
import { dig, pick } from '#test/support/server.ts'

/** Every search against the same search done by hand over all events of the organisation. */

type Keeps = (event: FoldedEvent) => boolean
type Wanted = readonly [query: string, keeps: Keeps]

const day = (event: FoldedEvent) => event.metadata.occurredOn ?? ''
const recordedOn = (event: FoldedEvent) => riyadhTime(event.metadata.recordedAt).day
const isoWeekday = (date: string) => new Date(`${date}T00:00:00Z`).getUTCDay() || 7
const daysLate = (event: FoldedEvent) =>
  day(event) === '' ? Number.NaN : (Date.parse(recordedOn(event)) - Date.parse(day(event))) / 864e5
const amount = ({ data }: FoldedEvent) => {
  const { gross, amount: plain, currency } = data as unknown as Record<string, string | undefined>
  return { value: Number(gross ?? plain), currency }
}
const isOff = (event: FoldedEvent) => [5, 6].includes(isoWeekday(recordedOn(event)))
const worksFrom8To17 = (event: FoldedEvent) => {
  const { minute } = riyadhTime(event.metadata.recordedAt)
  return minute >= 480 && minute < 1020
}
const worksAtNight = (event: FoldedEvent) => {
  const { minute } = riyadhTime(event.metadata.recordedAt)
  return minute >= 1320 || minute < 390
}

function searches(events: readonly FoldedEvent[]): readonly Wanted[] {
  const at = (index: number) => events[index] as FoldedEvent
  const one = at(40)
  const caused = events.find(({ metadata }) => metadata.$causationId !== undefined) as FoldedEvent
  const sale = events.find(({ type }) => type === 'SaleRecorded') as FoldedEvent
  const { saleId } = sale.data as { saleId: string }
  const registered = events.find(({ type }) => type === 'CustomerRegistered') as FoldedEvent
  const { customerId } = registered.data as { customerId: string }
  const session = events.find(({ metadata }) => metadata.sessionId !== undefined)?.metadata
    .sessionId
  const receivable = new Set(
    foldInto(ledger, events)['posting']?.flatMap((row) =>
      row['account'] === chartOfAccounts.receivable.code ? [row['entry']] : [],
    ),
  )
  const concerns = (kinds: readonly string[], id: string) => (event: FoldedEvent) =>
    referencesOf(event).some((found) => kinds.includes(found.kind) && found.id === id)
  return [
    ['', () => true],
    [`stream=${one.stream}`, (event) => event.stream === one.stream],
    ['category=sale', (event) => event.stream.startsWith('sale-')],
    ['type=SaleRecorded,SaleCompleted', ({ type }) => /^Sale(Recorded|Completed)$/.test(type)],
    ['actor=ann', ({ metadata }) => metadata.actor === 'ann'],
    ['actor_kind=person', ({ metadata }) => /^(ann|bob)$/.test(metadata.actor)],
    ['actor_kind=process', ({ metadata }) => metadata.actor.startsWith('process:')],
    ['actor_kind=import,process', ({ metadata }) => !/^(ann|bob)$/.test(metadata.actor)],
    ['role=owner', ({ metadata }) => metadata.role === 'owner'],
    ['role=owner,operator', ({ metadata }) => metadata.role !== undefined],
    [`session=${session}`, ({ metadata }) => metadata.sessionId === session],
    [
      `correlation=${one.metadata.$correlationId}`,
      ({ metadata }) => metadata.$correlationId === one.metadata.$correlationId,
    ],
    [
      `causation=${caused.metadata.$causationId}`,
      ({ metadata }) => metadata.$causationId === caused.metadata.$causationId,
    ],
    [
      `command=${one.metadata.commandId}`,
      ({ metadata }) => metadata.commandId === one.metadata.commandId,
    ],
    [
      `from=${one.metadata.recordedAt}&to=${at(90).metadata.recordedAt}`,
      ({ metadata: { recordedAt } }) =>
        recordedAt >= one.metadata.recordedAt && recordedAt < at(90).metadata.recordedAt,
    ],
    [
      'occurred_from=2026-01-02&occurred_to=2026-02-10',
      (event) => day(event) >= '2026-01-02' && day(event) <= '2026-02-10',
    ],
    ['late_days=0', (event) => daysLate(event) > 0],
    ['late_days=3', (event) => daysLate(event) > 3],
    [
      'late_month=true',
      (event) => day(event) !== '' && day(event).slice(0, 7) < recordedOn(event).slice(0, 7),
    ],
    ['out_of_hours=08:00-17:00', (event) => !worksFrom8To17(event)],
    ['out_of_hours=22:00-06:30', (event) => !worksAtNight(event)],
    [
      'out_of_hours=08:00-17:00&days_off=fri,sat',
      (event) => !worksFrom8To17(event) || isOff(event),
    ],
    ['days_off=fri,sat', isOff],
    ['currency=SAR', (event) => amount(event).currency === 'SAR' && amount(event).value >= 0],
    [
      'currency=SAR&amount_from=10&amount_to=90.5',
      (event) =>
        amount(event).currency === 'SAR' &&
        amount(event).value >= 1000 &&
        amount(event).value <= 9050,
    ],
    [`document=${saleId}`, concerns(['sale', 'credit_note', 'bad_debt'], saleId)],
    [`customer=${customerId}`, concerns(['customer'], customerId)],
    [
      'account=receivable',
      ({ organisationOrdinal }) => receivable.has(String(organisationOrdinal)),
    ],
    ['known_at=50', ({ organisationOrdinal }) => organisationOrdinal <= 50],
    [
      `known_at=${at(60).metadata.recordedAt}&actor=bob`,
      ({ organisationOrdinal, metadata }) => organisationOrdinal <= 61 && metadata.actor === 'bob',
    ],
  ]
}

async function found(api: TestApi, query: string, limit = 500): Promise<readonly string[]> {
  const ids: string[] = []
  let path = `/api/events?limit=${limit}&direction=forwards&${query}`
  for (;;) {
    const page = await api.get(path)
    if (page.status !== 200) throw new Error(`${path}: ${JSON.stringify(page.body)}`)
    ids.push(...(dig(page, 'data') as { id: string }[]).map(({ id }) => id))
    const next = dig(page, 'meta', 'nextCursor')
    if (next === null) return ids
    path = `/api/events?limit=${limit}&direction=forwards&${query}&cursor=${next as string}`
  }
}

for (const [name, environment] of Object.entries(logEnvironments)) {
  t.test(`${name}: every search finds what it says, in both directions`, async (t) => {
    const { api, events } = await auditedLog(t, await environment(t))
    const isPostgres = name === 'PostgreSQL'
    // The index is the same on either log.
    for (const [query, keeps] of searches(events).slice(0, isPostgres ? undefined : 6)) {
      const expected = events.filter(keeps).map(({ id }) => id)
      t.ok(expected.length > 0, `${query} finds something`)
      t.strictSame(await found(api, query), expected, query)
      const backwards = await api.get(`/api/events?limit=3&${query}`)
      const last = expected.toReversed().slice(0, 3)
      t.strictSame(
        (dig(backwards, 'data') as { id: string }[]).map(({ id }) => id),
        last,
      )
    }

    t.strictSame(
      await found(api, '', 70),
      events.map(({ id }) => id),
      'page after page',
    )
    if (!isPostgres) return
    await t.test('searches together find what each of them finds', async (t) => {
      const wanted = fc.uniqueArray(fc.constantFrom(...searches(events).slice(1)), {
        minLength: 2,
        maxLength: 3,
        // Hours and days off together mean either.
        selector: ([query]) => query.split('=')[0]?.replace('days_off', 'out_of_hours'),
      })
      const property = fc.asyncProperty(wanted, async (both) => {
        const query = new URLSearchParams(both.map(([text]) => text).join('&'))
        // The later of two of one name is meant.
        if (new Set(query.keys()).size < [...query.keys()].length) return true
        const expected = events.filter((event) => both.every(([, keeps]) => keeps(event)))
        const ids = await found(api, query.toString())
        return ids.join() === expected.map(({ id }) => id).join()
      })
      await t.resolves(fc.assert(property, { numRuns: 12 }))
    })

    await t.test('a sample is drawn again from seed, filter and head', async (t) => {
      const property = fc.asyncProperty(
        fc.constantFrom(...searches(events)),
        fc.stringMatching(/^[ -~]{1,20}$/),
        fc.integer({ min: 1, max: 40 }),
        async ([query, keeps], seed, size) => {
          const kept = events.filter(keeps)
          const path = `/api/events/sample?${query}&seed=${encodeURIComponent(seed)}&size=${size}`
          const sample = await api.get(path)
          const rank = ({ organisationOrdinal }: FoldedEvent) =>
            createHash('sha256').update(`${seed}:${organisationOrdinal}`).digest('hex')
          const drawn = kept
            .toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
            .slice(0, size)
            .map(({ id }) => id)
          const ids = (dig(sample, 'data') as { id: string }[]).map(({ id }) => id)
          const ordinals = kept.map(({ organisationOrdinal }) => organisationOrdinal)
          const inOrder = kept.filter(({ id }) => drawn.includes(id)).map(({ id }) => id)
          const population = dig(sample, 'meta', 'population') as Record<string, string>
          return (
            ids.join() === inOrder.join() &&
            population['count'] === String(kept.length) &&
            population['first'] === String(ordinals[0]) &&
            population['last'] === String(ordinals.at(-1))
          )
        },
      )
      await t.resolves(fc.assert(property, { numRuns: 12 }))

      const path = '/api/events/sample?seed=2026&size=20&actor_kind=person'
      const first = await api.get(path)
      const head = pick(first, 'meta', 'population', 'head')
      t.equal(head, String(events.length))
      await api.post('/api/crm/customers', { name: 'Later' })
      await api.caughtUp()
      const again = await api.get(`${path}&known_at=${head}`)
      t.strictSame(dig(again, 'data'), dig(first, 'data'), 'whatever was recorded since')
    })
  })
}

t.test('what cannot be searched for is named', async (t) => {
  const { api } = await auditedLog(t)
  const wrong: Readonly<Record<string, readonly [field: string, code: string]>> = {
    'amount_from=5': ['/currency', 'FIELD_REQUIRED'],
    'amount_from=x&currency=SAR': ['/amount_from', 'AMOUNT_INVALID'],
    'amount_to=1.005&currency=SAR': ['/amount_to', 'AMOUNT_TOO_MANY_DECIMALS'],
    'amount_to=1&currency=XXX': ['/amount_to', 'CURRENCY_UNKNOWN'],
    'out_of_hours=8-17': ['/out_of_hours', 'FORMAT_WRONG'],
    'out_of_hours=08:00-24:01': ['/out_of_hours', 'FORMAT_WRONG'],
    'days_off=fri,feast': ['/days_off/1', 'VALUE_NOT_ALLOWED'],
    'late_days=-1': ['/late_days', 'NUMBER_NOT_WHOLE'],
    'role=king': ['/role/0', 'VALUE_NOT_ALLOWED'],
    'actor_kind=robot': ['/actor_kind/0', 'VALUE_NOT_ALLOWED'],
    'known_at=yesterday': ['/known_at', 'KNOWN_AT_INVALID'],
    'who=me': ['/who', 'FIELD_UNKNOWN'],
  }
  for (const [query, [pointer, code]] of Object.entries(wrong)) {
    const answer = await api.get(`/api/events?${query}`)
    t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID' } }, query)
    t.match(dig(answer, 'errors'), [{ in: 'query', pointer, code }], query)
  }
  t.match((await api.get('/api/events?account=9999')).body, { code: 'ACCOUNT_UNKNOWN' })
  for (const query of ['size=5', 'seed=1', 'seed=1&size=1001', 'seed=&size=1']) {
    const answer = await api.get(`/api/events/sample?${query}`)
    t.match(answer, { status: 400, body: { code: 'REQUEST_INVALID' } }, query)
  }
})
