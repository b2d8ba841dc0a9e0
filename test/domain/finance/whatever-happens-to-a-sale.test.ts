import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import {
  type RecordedSale,
  type Sale,
  type SaleCommand,
  type SaleEvent,
  sale,
  writtenOff,
} from '#domain/finance/sale.ts'
import { Rejection } from '#domain/rejection.ts'
import { refusal, storable } from '../given-when-then.ts'
import {
  allocate,
  cancel,
  credit,
  pay,
  recordBrokeredSale,
  recordSale,
  reverse,
  saleId,
  sar,
  today,
  writeOff,
} from './a-sale.ts'

/**
 * Random stories of one sale: any command in any order, with ids that meet again, amounts around what
 * is owed, both bases, with and without a customer. The books are kept here a second time, from the
 * events alone, and compared after every step.
 */

const id = fc.constantFrom('a', 'b', 'c')
/** Of a sale of some thousand minor units; what happens to it comes in smaller parts. */
const price = fc.bigInt({ min: 500n, max: 5000n })
const amount = fc.bigInt({ min: 1n, max: 1200n })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const money = amount.map(sar)
const method = fc.constantFrom('cash' as const, 'card' as const)
const step = { saleId, occurredOn: '2026-11-20', today } as const

const documentOf = (amount: fc.Arbitrary<bigint>) =>
  fc.oneof(
    amount.map((amount) => ({ amount })),
    amount.map((amount) => ({ amount, taxCode: 'VAT', taxRates: { VAT: '15' } })),
    fc.tuple(amount, amount, fc.constantFrom('VAT', 'LOW')).map(([first, second, taxCode]) => ({
      lines: [
        { quantity: String(first), unitPrice: '0.015', taxCode },
        { quantity: String(second), unitPrice: '0.01' },
      ],
      taxRates: { VAT: '15', LOW: '5.5' },
    })),
  )

const payment = fc.record({
  paymentId: id,
  method,
  amount: maybe(money),
  purpose: maybe(fc.constantFrom('price' as const, 'commission' as const)),
  route: fc.constantFrom(undefined, undefined, undefined, 'direct' as const),
})

const recording: fc.Arbitrary<SaleCommand> = fc
  .record({
    document: documentOf(price),
    payment: maybe(payment),
    brokered: fc.boolean(),
    commission: maybe(fc.constantFrom('2.5', '33.333', '0.01', '100')),
    counter: fc.constantFrom(false, false, false, true),
  })
  .map(({ document, payment, brokered, commission, counter }) => {
    const rates = { ...document, taxRates: { VAT: '15', LOW: '5.5' } }
    const purpose = brokered ? ('commission' as const) : ('price' as const)
    const paid = { paymentId: 'a', method: 'cash', purpose } as const
    const customer = counter ? { customerId: undefined, payment: paid } : {}
    const earns = { commission: commission === undefined ? undefined : { rate: commission } }
    return (brokered ? recordBrokeredSale : recordSale)({
      document: rates,
      payment,
      ...customer,
      ...earns,
    })
  })

const paying: fc.Arbitrary<SaleCommand> = fc.oneof(
  payment.map((payment) => pay(undefined, payment)),
  id.map((paymentId) => reverse({ paymentId })),
  fc.tuple(amount, id).map(([amount, allocationId]) => allocate(amount, { allocationId })),
)

const crediting: fc.Arbitrary<SaleCommand> = fc.oneof(
  fc
    .tuple(documentOf(amount), id, maybe(method))
    .map(([document, creditNoteId, refundMethod]) =>
      credit(1n, { creditNoteId, document, refundMethod }),
    ),
  maybe(method).map((refundMethod) => cancel({ refundMethod })),
)

const settling: fc.Arbitrary<SaleCommand> = fc.oneof(
  fc.tuple(maybe(amount), id).map(([amount, badDebtId]) => writeOff(amount, { badDebtId })),
  fc.tuple(maybe(money), id, id).map(([amount, badDebtId, reversalId]) => ({
    type: 'ReverseSaleWriteOff' as const,
    badDebtId,
    reversalId: `r${reversalId}`,
    amount,
    ...step,
  })),
  fc.tuple(maybe(money), id, method).map(([amount, payoutId, method]) => ({
    type: 'PayCommission' as const,
    payoutId: `p${payoutId}`,
    method,
    amount,
    ...step,
  })),
  fc.tuple(maybe(money), id).map(([amount, payoutId]) => ({
    type: 'PassOnClientMoney' as const,
    payoutId: `p${payoutId}`,
    amount,
    ...step,
  })),
  fc.tuple(maybe(money), id).map(([amount, paymentId]) => ({
    type: 'TakeCommissionFromClientMoney' as const,
    paymentId: `t${paymentId}`,
    amount,
    ...step,
  })),
)

const story = fc.tuple(
  recording,
  fc.array(fc.oneof(paying, paying, crediting, settling), { maxLength: 25, size: 'max' }),
)

function decided(command: SaleCommand, state: Sale): readonly SaleEvent[] | Rejection {
  try {
    return sale.decide(command, state).map(storable)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    refusal(error)
    return error
  }
}

/** Each step of a story: the state before and after, the command and what came of it. */
function tell([first, rest]: readonly [SaleCommand, readonly SaleCommand[]]) {
  let state = sale.initial
  let events: readonly SaleEvent[] = []
  return [first, ...rest].map((command) => {
    const before = state
    const outcome = decided(command, before)
    const more = outcome instanceof Rejection ? [] : outcome
    state = more.reduce(sale.evolve, before)
    events = [...events, ...more]
    return { command, outcome, before, state, events, more }
  })
}

const check = (property: (step: ReturnType<typeof tell>[number]) => boolean) => {
  fc.assert(
    fc.property(story, (story) => tell(story).every(property)),
    { numRuns: 300 },
  )
}

/** Of one field over the events of one type. */
const sum = (events: readonly SaleEvent[], type: SaleEvent['type'], field: string): bigint =>
  events
    .filter((event) => event.type === type)
    .map(({ data }) => new Map<string, unknown>(Object.entries(data)).get(field))
    .reduce((sum: bigint, amount) => sum + BigInt(amount as string), 0n)

const recordedSale = (state: Sale): RecordedSale | undefined =>
  state.status === 'none' ? undefined : state

t.test('the receivable is what its facts say, and never below zero', async () => {
  check(({ state, events }) => {
    const known = recordedSale(state)
    if (known === undefined) return true
    const charged =
      known.basis === 'principal'
        ? sum(events, 'SaleRecorded', 'gross')
        : sum(events, 'CommissionAccrued', 'gross')
    const paid =
      sum(events, 'SalePaymentReceived', 'toReceivable') -
      sum(events, 'SalePaymentReversed', 'toReceivable') +
      sum(events, 'CommissionTakenFromClientMoney', 'amount')
    const allocated = sum(events, 'SaleCreditAllocated', 'amount')
    const given =
      sum(events, 'SaleCancelled', 'fromReceivable') +
      sum(events, 'CommissionTakenBack', 'fromReceivable')
    const lost =
      sum(events, 'SaleDebtWrittenOff', 'amount') - sum(events, 'SaleWriteOffReversed', 'amount')
    const owed = BigInt(known.owed)
    return (
      owed >= 0n && charged === paid + allocated + given + lost + owed && lost === writtenOff(known)
    )
  })
})

t.test('never more is credited and cancelled than was sold, under no tax code', async () => {
  check(({ state, events }) => {
    const known = recordedSale(state)
    const recorded = events.find((event) => event.type === 'SaleRecorded')?.data
    if (known === undefined || recorded === undefined) return true
    const taken = (code: string, part: 'net' | 'tax') =>
      events
        .flatMap((event) =>
          event.type === 'SaleCredited' || event.type === 'SaleCancelled' ? event.data.taxes : [],
        )
        .filter((tax) => tax.code === code)
        .reduce((sum, tax) => sum + BigInt(tax[part]), 0n)
    const net = sum(events, 'SaleCredited', 'net') + sum(events, 'SaleCancelled', 'net')
    const whole = known.status === 'cancelled' && known.basis === 'principal'
    return (
      (whole ? net === BigInt(recorded.net) : net <= BigInt(recorded.net)) &&
      recorded.taxes.every((tax) => {
        const [net, taxed] = [taken(tax.code, 'net'), taken(tax.code, 'tax')]
        const most = net <= BigInt(tax.net) && taxed <= BigInt(tax.tax)
        return whole ? net === BigInt(tax.net) && taxed === BigInt(tax.tax) : most
      })
    )
  })
})

t.test('commission is taken back in proportion, all of it in the end and never more', async () => {
  check(({ state, events }) => {
    const known = recordedSale(state)
    if (known === undefined) return true
    const accrued = sum(events, 'CommissionAccrued', 'gross')
    const back = sum(events, 'CommissionTakenBack', 'gross')
    const allBack = known.status === 'cancelled' || known.left.net === '0'
    return allBack ? back === accrued : back <= accrued
  })
})

t.test(
  'no more commission is paid than was left, and no more client money used than held',
  async () => {
    check(({ before, state, more }) => {
      const [was, is] = [recordedSale(before), recordedSale(state)]
      if (was === undefined || is === undefined) return true
      const paid = sum(more, 'CommissionPaid', 'amount')
      const { net, netTaken } = is.commission
      const used =
        sum(more, 'ClientMoneyPassedOn', 'amount') +
        sum(more, 'CommissionTakenFromClientMoney', 'amount')
      return (
        (paid === 0n || BigInt(is.commission.paid) <= BigInt(net) - BigInt(netTaken)) &&
        (used === 0n || used <= BigInt(was.clientMoney))
      )
    })
  },
)

t.test('what goes back when a sale is undone is never more than what had come in', async () => {
  check(({ before, events, more }) => {
    const known = recordedSale(before)
    if (known === undefined) return true
    const past = events.slice(0, events.length - more.length)
    const ours = known.basis === 'agent'
    const received =
      sum(past, 'SalePaymentReceived', 'toReceivable') -
      sum(past, 'SalePaymentReversed', 'toReceivable') +
      sum(past, 'SaleCreditAllocated', 'amount') +
      sum(past, 'CommissionTakenFromClientMoney', 'amount') -
      sum(past, 'CommissionTakenBack', 'toCredit')
    const back = sum(more, ours ? 'CommissionTakenBack' : 'SaleCancelled', 'toCredit')
    return back === 0n || back <= received
  })
})

t.test('the amounts of an event sum', async () => {
  check(({ more }) =>
    more.every(({ type, data }) => {
      if ('gross' in data && BigInt(data.gross) !== BigInt(data.net) + BigInt(data.tax))
        return false
      if ('toClientMoney' in data) {
        const parts = BigInt(data.toReceivable) + BigInt(data.toCredit) + BigInt(data.toClientMoney)
        return parts === (data.route === 'direct' ? 0n : BigInt(data.amount))
      }
      if (type === 'SaleCancelled' || (type === 'CommissionTakenBack' && data.basis === 'agent')) {
        return BigInt(data.fromReceivable) + BigInt(data.toCredit) === BigInt(data.gross)
      }
      return true
    }),
  )
})

t.test(
  'a sale is complete exactly when a payment or credit took the last of its debt',
  async () => {
    check(({ before, state, more }) => {
      const settled = more.some(
        (event) =>
          (event.type === 'SalePaymentReceived' && event.data.toReceivable !== '0') ||
          event.type === 'SaleCreditAllocated' ||
          event.type === 'CommissionTakenFromClientMoney',
      )
      const known = recordedSale(state)
      const none = known === undefined || known.owed !== '0'
      const complete = !none && (before.status === 'none' || settled)
      return more.some(({ type }) => type === 'SaleCompleted') === (complete && more.length > 0)
    })
  },
)

t.test('a command that was decided and comes again has no second effect', async () => {
  check(({ command, state, more }) => {
    if (more.length === 0) return true
    const again = decided(command, state)
    return again instanceof Rejection || again.length === 0
  })
})

t.test('the state is plain JSON and folds alike from any point on', async () => {
  check(({ state, before, more, events }) => {
    const plain: unknown = JSON.parse(JSON.stringify(state))
    const resumed = more.reduce(sale.evolve, JSON.parse(JSON.stringify(before)) as Sale)
    const whole = events.reduce(sale.evolve, sale.initial)
    return (
      isDeepStrictEqual(JSON.parse(JSON.stringify(resumed)), plain) &&
      isDeepStrictEqual(whole, state)
    )
  })
})

t.test('the stories do reach every command and every event', async (t) => {
  const steps = fc.sample(story, { numRuns: 800, seed: 7 }).flatMap(tell)
  const accepted = new Set(
    steps.filter(({ more }) => more.length > 0).map(({ command }) => command.type),
  )
  const events = new Set(steps.flatMap(({ more }) => more.map(({ type }) => type)))
  t.equal(accepted.size, 11)
  t.equal(events.size, 14)
})
