import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createPostgresCheckpoints } from '#adapters/processes/postgres-checkpoints.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { customer } from '#domain/crm/customer.ts'
import { Rejection } from '#domain/rejection.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import type { JsonObject } from '#log/event-store.ts'
import { abandonedWorkIsReleased } from '#processes/abandoned-work-is-released.ts'
import { createProcessRunner } from '#processes/create-runner.ts'
import type { Process } from '#processes/process.ts'
import { saleClosesCustomer } from '#processes/sale-closes-customer.ts'
import { Business } from '#test/support/business.ts'
import { testDatabase } from '#test/support/database.ts'

interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

async function setUp(t: Teardown) {
  const business = new Business()
  const { database, login } = await testDatabase(t)
  const warnings: string[] = []
  /** One program that runs these processes. */
  const run = (...processes: readonly Process[]) => {
    const runner = createProcessRunner(processes, {
      store: business.store,
      codec: createCodec(business.keys),
      checkpoints: createPostgresCheckpoints(database, business.store.kind),
      clock: () => business.now,
      warn: (message) => warnings.push(message),
    })
    runner.start()
    t.teardown(() => runner.stop())
    return runner
  }
  return { business, run, warnings, login }
}

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not within ten seconds: ${what}`)
    await sleep(5)
  }
}

/** Reacts by doing what the test says, to each sale. */
const onSales = (react: Process['react']): Process => ({
  name: 'test_process',
  types: ['SaleRecorded'],
  react,
})

t.test('a sale closes its customer within a second', async (t) => {
  const { business, run } = await setUp(t)
  const runner = run(saleClosesCustomer(business.handler))
  const customerId = await business.customer()
  await until(async () => (await runner.status())[0]?.state === 'running', 'it runs')
  const before = performance.now()
  const saleId = await business.sale(customerId)
  await until(() => business.last('CustomerContacted') !== undefined, 'contacted')
  t.ok(performance.now() - before < 10_000, `${Math.round(performance.now() - before)} ms`)
  t.match(business.last('CustomerStatusChanged'), {
    customerId,
    from: 'lead',
    to: 'closed',
    saleId,
  })
  t.match(business.last('CustomerContacted'), { customerId, contactedOn: '2026-11-21', saleId })
  const closed = business.store.log.find(({ type }) => type === 'CustomerStatusChanged')
  const cause = business.store.log.find(({ type }) => type === 'SaleRecorded')
  t.match(closed?.metadata, {
    actor: 'process:sale_closes_customer',
    $causationId: cause?.id,
    $correlationId: cause?.metadata.$correlationId,
  })
  await until(async () => (await runner.status())[0]?.lag.events === 0, 'caught up')
  const lag = { events: 0, seconds: 0 }
  t.match(await runner.status(), [
    { name: 'sale_closes_customer', state: 'running', reacted: 1, refused: 0, lag },
  ])
})

t.test('from the very start again, nothing happens twice', async (t) => {
  const { business, run, login } = await setUp(t)
  const first = run(saleClosesCustomer(business.handler))
  const customerId = await business.customer()
  for (let i = 0; i < 5; i++) await business.sale(customerId)
  await until(async () => (await first.status())[0]?.reacted === 5, 'all five')
  await first.stop()
  await login.query('delete from daybook.process_checkpoint')
  business.restart()
  const events = business.store.log.length
  const second = run(saleClosesCustomer(business.handler))
  await until(async () => (await second.status())[0]?.reacted === 5, 'all five again')
  t.equal(business.store.log.length, events)
})

t.test('a restart goes on after the last of an unbroken row', async (t) => {
  const { business, run } = await setUp(t)
  const sales: string[] = []
  const customerId = await business.customer()
  for (let i = 0; i < 6; i++) sales.push(await business.sale(customerId))
  const seen: string[] = []
  const first = run(
    onSales(async (event, context) => {
      if (event.type !== 'SaleRecorded') return
      // The third never ends before the stop; those after it do.
      if (event.data.saleId === sales[2]) throw new LogUnavailable('not now')
      seen.push(event.data.saleId)
      t.equal(context.causationId, event.id)
    }),
  )
  await until(() => seen.length === 5, 'the others')
  await until(async () => (await first.status())[0]?.state === 'retrying', 'retrying')
  t.match((await first.status())[0]?.reason, /not now/)
  await first.stop()
  const again: string[] = []
  const second = run(
    onSales(async (event) => {
      if (event.type === 'SaleRecorded') again.push(event.data.saleId)
    }),
  )
  await until(() => again.length === 4, 'from the third on')
  t.same(again, sales.slice(2))
  await second.stop()
})

t.test('one owner at a time; another goes on when it dies', async (t) => {
  const { business, run, login } = await setUp(t)
  const customerId = await business.customer()
  const seen: string[] = []
  const processOf = (owner: string) => onSales(async () => void seen.push(owner))
  const first = run(processOf('first'))
  await until(async () => (await first.status())[0]?.state === 'running', 'first owns it')
  const second = run(processOf('second'))
  await business.sale(customerId)
  await until(() => seen.length === 1, 'first reacts')
  const { owner } = (await first.status())[0] ?? {}
  t.ok(owner)
  t.match(await second.status(), [{ state: 'running', owner, reacted: 0 }])

  await first.stop()
  await business.sale(customerId)
  await until(() => seen.length === 2, 'second reacts')
  t.same(seen, ['first', 'second'])

  // Its connection is cut: it takes the process up again.
  await login.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'daybook processes' and datname = current_database()`,
  )
  await business.sale(customerId)
  await until(() => seen.length === 3, 'second reacts again')
  t.same(seen, ['first', 'second', 'second'])
})

t.test('a refusal is an answer, an event that cannot be read stops it', async (t) => {
  const { business, run, warnings } = await setUp(t)
  const customerId = await business.customer()
  const refused = await business.sale(customerId)
  const last = await business.sale(customerId)
  const template = business.store.log.find(({ type }) => type === 'SaleRecorded')
  if (template === undefined) throw new Error('no sale')
  const broken = { ...template, id: template.id.replace(/^../, 'ff'), data: {} as JsonObject }
  await business.store.append('sale-main.broken', [broken], 'no_stream')
  const seen: string[] = []
  const react: Process['react'] = async (event) => {
    if (event.type !== 'SaleRecorded') return
    if (event.data.saleId === refused) throw new Rejection('SALE_UNKNOWN')
    seen.push(event.data.saleId)
  }
  const other: Process = { name: 'other', types: ['CustomerRegistered'], react: async () => {} }
  const runner = run(onSales(react), other)
  await until(async () => (await runner.status())[0]?.state === 'failed', 'failed')
  await until(async () => (await runner.status())[1]?.reacted === 1, 'the other goes on')
  t.same(seen, [last], 'what stands before it was reacted to')
  t.match(await runner.status(), [
    { state: 'failed', refused: 1, reason: /sale-main.broken@0.*does not fit its schema/ },
    { state: 'running', reacted: 1 },
  ])
  t.ok(warnings.some((message) => /asks for what is refused/.test(message)))
})

t.test('what was set aside for a sale that never came is released in time', async (t) => {
  const { business, run } = await setUp(t)
  const [came, left] = [await business.customer(), await business.customer()]
  await business.sale(came)
  business.dieAt(2, 'before')
  const input = { customerId: left, document: { amount: 100n } }
  await t.rejects(recordSale(business.deps, input, business.context()))
  business.liveAgain()
  const noted = async (id: string) => {
    const { state } = await business.handler.load(customer, 'main', id, { age: 'now' })
    return state.registration === 'registered' ? state.notedSales.length : 0
  }
  t.same([await noted(came), await noted(left)], [1, 1])
  run(abandonedWorkIsReleased(business.handler, 200))
  await sleep(100)
  t.equal(await noted(left), 1, 'it may still come')
  business.now = '2026-11-21T10:00:01Z'
  await until(async () => (await noted(left)) === 0, 'released')
  t.equal(await noted(came), 1, 'that sale came')
})

t.test('an import of thousands of sales is followed in a few seconds', async (t) => {
  const { business, run } = await setUp(t)
  const customers = await Promise.all(Array.from({ length: 300 }, () => business.customer()))
  await Promise.all(Array.from({ length: 3000 }, (_, i) => business.sale(customers[i % 300] ?? '')))
  const before = performance.now()
  const runner = run(saleClosesCustomer(business.handler))
  await until(async () => (await runner.status())[0]?.reacted === 3000, 'all')
  t.comment(`${Math.round(3000 / ((performance.now() - before) / 1000))} sales a second`)
  t.equal(business.store.log.filter(({ type }) => type === 'CustomerStatusChanged').length, 300)
})
