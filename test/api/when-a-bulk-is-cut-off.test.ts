import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { DatabaseUnavailable } from '#adapters/database/errors.ts'
import { LogUnavailable } from '#log/errors.ts'
import { type TestApi, testApi } from '#test/support/api.ts'
import { pick } from '#test/support/server.ts'
import { type Item, outcomesOf, post, send, verdictOf } from './a-bulk.ts'

async function wallet(api: TestApi): Promise<string> {
  const customerId = pick(await api.post('/api/crm/customers', { name: 'Thandi' }), 'data', 'id')
  const path = `/api/wallets/${pick(await api.post('/api/wallets', { customerId }), 'data', 'id')}`
  await api.post(`${path}/topups`, { amount: 1000, method: 'card' })
  return path
}

/** What each append does instead, told by its number from now on. */
function disturb(
  t: Test,
  { daybook: { log } }: TestApi,
  how: (n: number, real: () => Promise<unknown>) => Promise<unknown>,
) {
  const append = log.append.bind(log)
  let appends = 0
  const restore = () => Object.assign(log, { append })
  t.teardown(restore)
  Object.assign(log, {
    append: (...sent: Parameters<typeof append>) => how(++appends, () => append(...sent)),
  })
  return restore
}

async function movements(api: TestApi, path: string): Promise<readonly unknown[]> {
  const references: unknown[] = []
  const stream = `wallet-main.${path.split('/').at(-1)}`
  for await (const page of api.daybook.log.readStream(stream)) {
    const events = await api.daybook.codec.decode(page)
    references.push(...events.map(({ data }) => (data as { reference?: string }).reference))
  }
  return references.slice(2)
}

/** Debits, told apart by their reference, with one in between that waits for those before it. */
const debits = (path: string, count: number): readonly Item[] =>
  Array.from({ length: count }, (_, i) =>
    i % 50 === 49
      ? post(`${path}/refunds`, `key-${i}`, { debit: '3', amount: '0.01', reason: 'x' })
      : post(`${path}/debits`, `key-${i}`, { amount: 1, reference: String(i) }),
  )
const references = (items: readonly Item[]) =>
  items.map(({ body }) => (body as { reference?: string }).reference)

t.test(
  'the log falls silent: what has no outcome says so, and a repeat completes it',
  async (t) => {
    const api = await testApi(t)
    const [path, other] = [await wallet(api), await wallet(api)]
    const restore = disturb(t, api, async (n, append) => {
      if (n < 3) return append()
      // Of two that fail, one had reached the log.
      if (n === 3) await append()
      throw new LogUnavailable('nobody knows')
    })
    const items = debits(path, 150)
    const answer = await send(api, items)
    t.equal(answer.status, 200)
    const outcomes = outcomesOf(answer)
    const cut = outcomes.findIndex(({ status }) => status === 503)
    t.ok(cut > 0, 'some were accepted before')
    t.ok(outcomes.slice(0, cut).every(({ status }) => status === 201))
    const after = new Set(outcomes.slice(cut).map(verdictOf))
    t.same(after, new Set(['503 LOG_UNAVAILABLE', '503 BULK_INTERRUPTED']))
    t.ok(outcomes.slice(cut).every(({ headers }) => Number(headers['retry-after']) > 0))
    t.match(answer.body, { meta: { accepted: cut, unknown: 150 - cut, refused: 0 } })

    restore()
    const again = await send(api, [...items, post(`${other}/debits`, 'other', { amount: 1 })])
    t.match(again.body, { meta: { accepted: 151, unknown: 0 } })
    t.ok(Number(pick(again, 'meta', 'replayed')) >= cut, 'what was stored is not done again')
    t.same(await movements(api, path), references(items), 'all of them once, in order')
  },
)

t.test('what was done before cannot be looked up: each that needs it says so', async (t) => {
  const api = await testApi(t)
  const path = await wallet(api)
  // More than is remembered of a stream, so that the table is asked.
  t.match((await send(api, debits(path, 40))).body, { meta: { accepted: 40 } })
  const { writer } = api.daybook.database
  const query = writer.query.bind(writer)
  const restore = () => Object.assign(writer, { query })
  t.teardown(restore)
  Object.assign(writer, {
    query: (...sent: Parameters<typeof query>) =>
      (sent[0] as { readonly name?: string }).name === 'command-outcomes-find'
        ? Promise.reject(new DatabaseUnavailable('gone'))
        : query(...sent),
  })
  const items = [
    post('/api/crm/customers', 'a-customer', { name: 'Sipho' }),
    ...Array.from({ length: 3 }, (_, i) => post(`${path}/debits`, `late-${i}`, { amount: 1 })),
  ]
  const answer = await send(api, items)
  t.equal(answer.status, 200)
  t.same(outcomesOf(answer).map(verdictOf), [
    '201',
    '503 DATABASE_UNAVAILABLE',
    '503 DATABASE_UNAVAILABLE',
    '503 DATABASE_UNAVAILABLE',
  ])
  restore()
  t.match((await send(api, items)).body, { meta: { accepted: 4, replayed: 1 } })
  t.equal((await movements(api, path)).length, 43)
})

t.test('time is up: what was not begun is told, and a repeat completes it', async (t) => {
  const api = await testApi(t, { DAYBOOK_COMMAND_DEADLINE_MS: '3000' })
  const path = await wallet(api)
  const restore = disturb(t, api, async (_, append) => {
    await sleep(1200)
    return append()
  })
  // Each waits for the one before it.
  const items = [
    post(`${path}/debits`, 'debit', { amount: 1 }),
    ...Array.from({ length: 5 }, (_, i) =>
      post(`${path}/refunds`, `key-${i}`, { debit: '3', amount: '0.01' }),
    ),
  ]
  const verdicts = outcomesOf(await send(api, items)).map(verdictOf)
  t.not(verdicts[0], '503 BULK_INTERRUPTED')
  t.equal(verdicts.at(-1), '503 BULK_INTERRUPTED')
  restore()
  let again = await send(api, items)
  while (pick(again, 'meta', 'unknown') !== '0') again = await send(api, items)
  t.match(again.body, { meta: { accepted: 6, unknown: 0 } })
  t.equal((await movements(api, path)).length, 6)
})

t.test('the server is asked to end: it finishes what it began, and tells the rest', async (t) => {
  const api = await testApi(t)
  const path = await wallet(api)
  const begun = Promise.withResolvers<void>()
  const ending = Promise.withResolvers<void>()
  disturb(t, api, async (_, append) => {
    begun.resolve()
    await ending.promise
    return append()
  })
  const answered = send(api, debits(path, 120))
  await begun.promise
  const closed = api.app.close()
  await sleep(20)
  ending.resolve()
  const answer = await answered
  await closed
  t.equal(answer.status, 200)
  const verdicts = outcomesOf(answer).map(verdictOf)
  const cut = verdicts.indexOf('503 BULK_INTERRUPTED')
  t.ok(cut > 0)
  t.same(new Set(verdicts.slice(0, cut)), new Set(['201']))
  t.same(new Set(verdicts.slice(cut)), new Set(['503 BULK_INTERRUPTED']))
  t.equal((await movements(api, path)).length, cut, 'what was accepted is in the log')
})
