import t from 'tap'
import type { Position } from '#log/event-store.ts'
import { testApi } from '#test/support/api.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

/**
 * Events are searched by account or number of a document in two read models, of which one may be behind
 * the other: an answer claims no more than both know, and is the same when it is asked for again.
 */

const api = await testApi(t, { DAYBOOK_WAIT_DEADLINE_MS: '100' })
const { engine, log } = api.daybook
let number = 0

async function sell(): Promise<void> {
  number += 1
  await api.post('/api/finance/sales', {
    source: { system: 'pos', number: `S-${number}` },
    saleAmount: '10.00',
    paymentMethod: 'cash',
  })
}

async function stop(projection: string): Promise<void> {
  await engine.stopProjection(projection)
  await eventually(`${projection} stands still`, async () =>
    (await engine.status()).some(({ name, state }) => name === projection && state === 'stopped'),
  )
}

/** Waits until the index knows all; answers its last ordinal. */
async function indexed(): Promise<string> {
  t.match(await engine.waitFor('event_index', (await log.head()) as Position, 60_000), {
    reached: true,
  })
  return pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
}

await sell()
await api.caughtUp()

for (const [projection, filter] of [
  ['ledger', () => 'account=1100'],
  ['finance_sales', () => `document_number=S-${number}`],
] as const) {
  t.test(`while ${projection} is behind, no more is claimed than it knows`, async (t) => {
    const asked = filter()
    const sample = `/api/events/sample?seed=a&size=50&${asked}`
    const file = `/api/events/export?${asked}`
    await stop(projection)
    await sell()
    await sell()
    const last = await indexed()
    const drawn = await api.get(sample)
    const head = pick(drawn, 'meta', 'population', 'head')
    t.match(drawn, { status: 200, body: { meta: { knownAt: head, stale: false } } })
    t.ok(Number(head) > 0 && Number(head) < Number(last), 'not that of the index')
    const exported = await api.get(file)
    t.equal(JSON.parse(String(exported.body).split('\n', 1)[0] ?? '').head, head)

    const later = await api.get(`${sample}&known_at=${last}`)
    t.match(later, { status: 200, body: { meta: { stale: true, knownAt: head } } })
    t.match(await api.get(`${file}&known_at=${last}`), {
      status: 503,
      headers: { 'retry-after': '2' },
      body: { code: 'READ_MODEL_BEHIND', detail: new RegExp(`${projection} .* Nothing was done`) },
    })

    await engine.startProjection(projection)
    await api.caughtUp()
    const again = await api.get(`${sample}&known_at=${head}`)
    t.strictSame(dig(again, 'data'), dig(drawn, 'data'))
    t.strictSame(dig(again, 'meta', 'population'), dig(drawn, 'meta', 'population'))
    t.equal((await api.get(`${file}&known_at=${head}`)).body, exported.body)
  })
}

t.test('what comes to be known while an export is made breaks nothing off', async (t) => {
  await stop('ledger')
  await sell()
  await indexed()
  const { engine: owner } = api.daybook.database
  const client = await owner.connect()
  // An export is on record between its first line and the events: there it is held up.
  await client.query('begin; lock table log.events in exclusive mode')
  const asked = api.get('/api/events/export?account=1100')
  await eventually('the export waits', async () => {
    const waiting = `select from pg_locks where relation = 'log.events'::regclass and not granted`
    return (await owner.query(waiting)).rows.length > 0
  })
  await engine.startProjection('ledger')
  const { reached } = await engine.waitFor('ledger', (await log.head()) as Position, 30_000)
  t.ok(reached)
  await client.query('commit')
  client.release()
  const { status, body } = await asked
  const lines = String(body).trimEnd().split('\n')
  t.match({ status, last: lines.at(-1) }, { status: 200, last: /^{"count":\d+,"sha256":/ })
  t.equal(JSON.parse(lines[0] ?? '').count, String(lines.length - 2))
})
