import fc from 'fast-check'
import t from 'tap'
import type { Position } from '#log/event-store.ts'
import { testApi } from '#test/support/api.ts'
import { owner, pick, stranger, type TestCaller } from '#test/support/server.ts'
import { alone, type Item, type Outcome, outcomesOf, send } from './a-bulk.ts'

/** Two organisations get the same commands: one in bulk, the other one by one. */
const api = await testApi(t)
// What they answer to events would come in between, sooner or later.
await api.daybook.processes.stop()

interface Business {
  readonly customers: readonly string[]
  readonly wallets: readonly string[]
}
type Step = (business: Business) => Pick<Item, 'method' | 'path' | 'body' | 'ifMatch'>

const amount = fc.constantFrom(1, 1, 5, 5, '20.00', 300, '0.001', -1)
/** Mostly one that an earlier command makes: the first two are there before. */
const movement = fc.integer({ min: 2, max: 9 }).map(String)
const method = fc.constantFrom('cash', 'bank', 'shells')

/** On one of three wallets, or one that there is not. */
function onWallet(verb: string, body: fc.Arbitrary<object>): fc.Arbitrary<Step> {
  const of = fc.constantFrom(0, 0, 0, 1, 1, 2, 3)
  const ifMatch = fc.option(fc.nat({ max: 6 }), { nil: undefined, freq: 9 })
  return fc.tuple(of, body, ifMatch).map(([i, sent, revision]) => ({ wallets }) => ({
    method: 'POST',
    path: `/api/wallets/${wallets[i] ?? 'nobody'}/${verb}`,
    body: sent,
    ...(revision !== undefined && { ifMatch: `"${revision}"` }),
  }))
}

const onCustomer = (make: (id: string, other: string) => ReturnType<Step>): fc.Arbitrary<Step> =>
  fc.nat({ max: 1 }).map(
    (i) =>
      ({ customers }) =>
        make(customers[i] ?? '', customers[1 - i] ?? ''),
  )

const same =
  (asked: ReturnType<Step>): Step =>
  () =>
    asked

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: onWallet('topups', fc.record({ amount, method })) },
  { weight: 8, arbitrary: onWallet('debits', fc.record({ amount })) },
  { weight: 3, arbitrary: onWallet('holds', fc.record({ amount })) },
  { weight: 2, arbitrary: onWallet('payouts', fc.record({ amount, method })) },
  { weight: 6, arbitrary: onWallet('refunds', fc.record({ debit: movement })) },
  { weight: 1, arbitrary: onWallet('chargebacks', fc.record({ topUp: movement })) },
  { weight: 1, arbitrary: movement.chain((n) => onWallet(`holds/${n}/release`, fc.constant({}))) },
  {
    weight: 2,
    arbitrary: movement.chain((n) =>
      onWallet(`holds/${n}/captures`, fc.record({ amount }, { requiredKeys: [] })),
    ),
  },
  { weight: 1, arbitrary: onWallet('suspend', fc.constant({ reason: 'late' })) },
  { weight: 1, arbitrary: onWallet('resume', fc.constant({})) },
  onCustomer((customerId) => ({ method: 'POST', path: '/api/wallets', body: { customerId } })),
  onCustomer((id) => ({
    method: 'PUT',
    path: `/api/crm/customers/${id}/status`,
    body: { status: 'active' },
  })),
  onCustomer((id, name) => ({
    method: 'PATCH',
    path: `/api/crm/customers/${id}`,
    body: { source: name.length > 0 ? 'fair' : null, budget: 5 },
  })),
  onCustomer((customerId) => ({
    method: 'POST',
    path: '/api/finance/sales',
    body: { customerId, saleAmount: 10, paymentMethod: 'cash', paymentAmount: 12 },
  })),
  fc.constantFrom('1', '2').map((number) =>
    same({
      method: 'POST',
      path: '/api/finance/sales',
      body: { saleAmount: number, paymentMethod: 'bank', source: { system: 'till', number } },
    }),
  ),
  fc
    .constantFrom('SAR', 'EUR', 'XXQ')
    .map((baseCurrency) =>
      same({ method: 'PATCH', path: '/api/settings', body: { baseCurrency } }),
    ),
  fc
    .constantFrom('N1', 'N2')
    .map((number) =>
      same({ method: 'POST', path: '/api/crm/customers', body: { name: 'A', number } }),
    ),
)
const story = fc.array(fc.record({ step, key: fc.nat({ max: 90 }) }), {
  minLength: 10,
  maxLength: 40,
  size: 'max',
})

async function opened(caller: TestCaller): Promise<Business> {
  const made = async (path: string, body: object) =>
    pick(await api.post(path, body, { caller }), 'data', 'id')
  const customers = [
    await made('/api/crm/customers', { name: 'One' }),
    await made('/api/crm/customers', { name: 'Two' }),
  ]
  const wallets: string[] = []
  for (const [i, customerId] of [customers[0], customers[0], customers[1]].entries()) {
    const id = await made('/api/wallets', { customerId, currency: 'SAR' })
    const topUp = { amount: [50, 300, 1][i], method: 'bank' }
    await api.post(`/api/wallets/${id}/topups`, topUp, { caller })
    wallets.push(id)
  }
  return { customers, wallets }
}

/** What differs between organisations and ways of sending is told alike: ids by where they first stand. */
class Disguise {
  readonly #ids = new Map<string, string>()

  tell(value: unknown): unknown {
    return this.#told(value, (id) => {
      this.#ids.set(id, `#${this.#ids.size}`)
      return `#${this.#ids.size - 1}`
    })
  }

  /** Commands on different things may reach the log in any order: its own ids have no place. */
  tellStored(value: unknown): unknown {
    return this.#told(value, () => '#')
  }

  #told(value: unknown, unknown: (id: string) => string): unknown {
    const text = JSON.stringify(value, (name, inner: unknown) =>
      name === 'requestId' || name === 'daybook-position' ? undefined : inner,
    )
    const told = text
      .replaceAll(
        /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
        (id) => this.#ids.get(id) ?? unknown(id),
      )
      .replaceAll(stranger.actor, owner.actor)
      .replaceAll(`"${stranger.organisation}"`, `"${owner.organisation}"`)
    return JSON.parse(told)
  }
}

/** The events of an organisation after a place in the log, stream by stream. */
async function history(
  { organisation }: TestCaller,
  disguise: Disguise,
  from: Position | undefined,
): Promise<readonly string[]> {
  const streams = new Map<string, unknown[]>()
  for await (const page of api.daybook.log.readAll(from === undefined ? {} : { from })) {
    for (const { stream, type, data, metadata } of await api.daybook.codec.decode(page)) {
      if (metadata.organisation !== organisation) continue
      streams.set(stream, [...(streams.get(stream) ?? []), disguise.tellStored({ type, data })])
    }
  }
  return [...streams.values()].map((events) => JSON.stringify(events)).toSorted()
}

let runs = 0

t.test('it has the same outcomes and leaves the same events as one by one', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const run = ++runs
      const itemsOf = (business: Business): readonly Item[] =>
        steps.map(({ step, key }) => ({
          ...step(business),
          idempotencyKey: `${run}-${key}`,
        }))
      const disguises = [new Disguise(), new Disguise()] as const
      const businesses = [await opened(owner), await opened(stranger)] as const
      for (const i of [0, 1] as const) disguises[i].tell(businesses[i])
      const from = await api.daybook.log.head()

      const items = itemsOf(businesses[0])
      const inBulk = outcomesOf(await send(api, items))
      const oneByOne: Outcome[] = []
      for (const item of itemsOf(businesses[1])) {
        oneByOne.push(await alone(api, item, { caller: stranger }))
      }
      t.same(
        inBulk.map((outcome) => disguises[0].tell(outcome)),
        oneByOne.map((outcome) => disguises[1].tell(outcome)),
      )
      const left = await history(owner, disguises[0], from)
      t.same(left, await history(stranger, disguises[1], from))

      // What was refused, or had nothing to do, is decided anew; the rest answers as the first time.
      const accepted = inBulk.flatMap(({ headers }, i) =>
        headers['daybook-position'] === undefined || headers['idempotency-replayed'] ? [] : [i],
      )
      if (accepted.length === 0) return
      const again = outcomesOf(
        await send(
          api,
          accepted.map((i) => items[i]),
        ),
      )
      t.same(
        again.map(({ status, body }) => ({ status, data: body['data'] })),
        accepted.map((i) => ({ status: inBulk[i]?.status, data: inBulk[i]?.body['data'] })),
      )
      t.same(await history(owner, disguises[0], from), left)
    }),
    { numRuns: 15 },
  )
})
